package main

import (
	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

func rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules: id, severity, default mode, title",
		Args:  cobra.NoArgs,
	}
	f := formatFlag(cmd, "table", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.value == "json" {
			return report.RulesJSON(cmd.OutOrStdout(), rules.All())
		}
		return report.Rules(cmd.OutOrStdout(), rules.All())
	}
	return cmd
}
