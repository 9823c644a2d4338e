package main

import (
	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

func rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules: id, severity, mode, title",
		Long:  "List the rules: id, severity, mode under the policy, title.\n\n" + policyHelp,
		Args:  cobra.NoArgs,
	}
	f := formatFlag(cmd, "table", "json")
	var from policies
	from.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p, _, err := from.load()
		if err != nil {
			return err
		}
		all := rules.All()
		for i, r := range all {
			all[i].Mode = p.Mode(r)
		}
		if f.value == "json" {
			return report.RulesJSON(cmd.OutOrStdout(), all)
		}
		return report.Rules(cmd.OutOrStdout(), all)
	}
	return cmd
}
