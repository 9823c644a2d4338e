package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/report"
)

const policyLong = `Look at policies: what may be done about findings, what is exempt from it, and by what
thresholds some rules measure.

` + policyHelp

func policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "Validate and show policies", Long: policyLong,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(validateCommand(), showPolicyCommand(), schemaCommand())
	return cmd
}

func validateCommand() *cobra.Command {
	var from policies
	cmd := &cobra.Command{
		Use: "validate [FILE...]", Short: "Validate a policy",
		Long: "Validate a policy. All its faults are told, as FILE:LINE: FAULT on stderr; so are\nexemptions that have ended, or end more than 366 days ahead.\n\n" +
			policyHelp + "\n\nExit codes: 0 valid; 2 invalid or unreadable, or wrong usage.",
		Example: "  firewarden policy validate policy.yaml",
		RunE: func(cmd *cobra.Command, files []string) error {
			p, _, err := append(from, files...).load()
			if err != nil {
				return err
			}
			remarks(cmd.ErrOrStderr(), p, time.Now())
			say(cmd.ErrOrStderr(), "valid: %s", counted(len(p.Exemptions), "exemption"))
			return nil
		},
	}
	from.flags(cmd)
	return cmd
}

// remarks says what there is to say of a policy's exemptions.
func remarks(talk io.Writer, p policy.Policy, now time.Time) {
	ended(talk, p, now)
	for _, e := range p.Far(now) {
		say(talk, "%s: exemption from %s on %s ends only on %s: it counts, and nobody looks at it again for long", e.Place, e.Rule, report.Inert(e.Resource), e.Until.Format(time.DateOnly))
	}
}

// ended says which exemptions count no longer.
func ended(talk io.Writer, p policy.Policy, now time.Time) {
	for _, e := range p.Expired(now) {
		say(talk, "%s: exemption from %s on %s ended on %s: it counts no longer", e.Place, e.Rule, report.Inert(e.Resource), e.Until.Format(time.DateOnly))
	}
}

func showPolicyCommand() *cobra.Command {
	var from policies
	cmd := &cobra.Command{
		Use: "show [FILE...]", Short: "Show the policy that results, and where each value comes from",
		Long: "Show the policy that results, as YAML that is a policy itself. Behind each value stands\nwhere it comes from: FILE:LINE, FIREWARDEN_POLICY:LINE, or default.\n\n" +
			policyHelp + "\n\nExit codes: 0 shown; 2 invalid or unreadable, or wrong usage.",
		Example: "  firewarden policy show policy.yaml",
		RunE: func(cmd *cobra.Command, files []string) error {
			p, places, err := append(from, files...).load()
			if err != nil {
				return err
			}
			text, err := p.YAML(places)
			return written(cmd, text, err)
		},
	}
	from.flags(cmd)
	return cmd
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of a policy",
		Long: "Print the JSON Schema (2020-12) of a policy, for editors and linters. It does not know\nthe rule book: 'firewarden policy validate' does.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := policy.Schema()
			return written(cmd, text, err)
		},
	}
}

// written writes a text that was made, unless making it failed.
func written(cmd *cobra.Command, text []byte, err error) error {
	if err == nil {
		_, err = cmd.OutOrStdout().Write(text)
	}
	if err != nil {
		return exit{exitUnusable, fmt.Errorf("writing: %w", err)}
	}
	return nil
}
