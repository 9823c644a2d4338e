package main

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain RULE",
		Short:   "Explain a rule: what, why, what the fix does, and when it is silent",
		Example: "  firewarden explain FL201",
		Args:    cobra.ExactArgs(1),
	}
	f := formatFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rule, ok := rules.Find(strings.ToUpper(args[0]))
		if !ok {
			return exit{exitUnusable, fmt.Errorf("no rule %q: did you mean %s? 'firewarden rules' lists them all", args[0], nearest(args[0]))}
		}
		if f.value == "json" {
			return report.ExplainJSON(cmd.OutOrStdout(), rule)
		}
		return report.Explain(cmd.OutOrStdout(), rule)
	}
	return cmd
}

// nearest is the id that takes the fewest edits to make of a word; the first of several.
func nearest(word string) string {
	best, fewest := "", 0
	for _, r := range rules.All() {
		if n := levenshtein.Distance(strings.ToUpper(word), r.ID, nil); best == "" || n < fewest {
			best, fewest = r.ID, n
		}
	}
	return best
}
