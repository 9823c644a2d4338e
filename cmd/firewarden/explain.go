package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

const explainHelp = `Explain a rule: what is wrong, why it matters, what the fix does and does not do, when
the rule is silent, and what it rests on. docs/rules has the same text.

Headings stand out on a terminal, unless NO_COLOR is set or TERM is "dumb".

` + policyHelp + `

Exit codes: 0 explained; 2 no such rule, or wrong usage.`

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "explain RULE",
		Short:   "Explain a rule: what, why, what the fix does, and when it is silent",
		Long:    explainHelp,
		Example: "  firewarden explain FL201",
		Args:    cobra.ExactArgs(1),
	}
	f := formatFlag(cmd, "text", "json")
	var from policies
	from.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		rule, ok := rules.Find(strings.ToUpper(args[0]))
		if !ok {
			return exit{exitUnusable, fmt.Errorf("no rule %q: did you mean %s? 'firewarden rules' lists them all", args[0], nearest(args[0]))}
		}
		p, _, err := from.load()
		if err != nil {
			return err
		}
		if f.value == "json" {
			rule.Mode = p.Mode(rule)
			return report.ExplainJSON(cmd.OutOrStdout(), rule)
		}
		return report.Explain(cmd.OutOrStdout(), rule, report.Explained{Mode: p.Mode(rule), Colour: colourful(cmd.OutOrStdout(), os.Getenv)})
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

// colourful says whether a stream shows colour: a terminal does, unless its user will have none (https://no-color.org).
func colourful(out io.Writer, env func(string) string) bool {
	file, ok := out.(*os.File)
	return ok && wantsColour(env) && term.IsTerminal(int(file.Fd()))
}

func wantsColour(env func(string) string) bool { return env("NO_COLOR") == "" && env("TERM") != "dumb" }
