package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/report"
)

const showHelp = `Show a remediation: what it came of, its plan, its notes, and the resource as it
was before (ingress entries, or a task definition with its tags).

--format json writes {"version": "1", "account", "region", "remediation": {...}} with
the fields of the list and plan (text), notes (list), cause {at, by, event, event_id,
source_ip}, before and after: the state as JSON of the AWS SDK for Go's types.

Of a task definition, the values of environment variables, log options, labels and
commands are hidden, for they may be secrets; --reveal prints them.
` + connectHelp + `

Exit codes: 0 shown; 1 there is no such remediation; 2 wrong usage, or the ledger
could not be read.`

func showCommand(c *connection, connect connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a remediation's plan and before-image",
		Long:    showHelp,
		Example: "  firewarden remediations show 20261123T233603.123-9f86d081\n  firewarden remediations show 20261123T233603.123-9f86d081 --reveal --format json",
		Args:    cobra.ExactArgs(1),
	}
	f := formatFlag(cmd, "text", "json")
	reveal := cmd.Flags().Bool("reveal", false, "print the values of environment variables, log options, labels and commands too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.at(cmd, connect, func(ctx context.Context, s site) error {
			r, err := record(ctx, s, args[0])
			if err != nil {
				return err
			}
			r.Revealed = *reveal
			if f.value == "json" {
				err = report.LedgerRecordJSON(cmd.OutOrStdout(), s.place, r)
			} else {
				err = report.LedgerRecordText(cmd.OutOrStdout(), r)
			}
			if err != nil {
				return exit{exitUnusable, fmt.Errorf("writing the remediation: %w", err)}
			}
			return nil
		})
	}
	return cmd
}

func record(ctx context.Context, s site, id string) (report.LedgerRecord, error) {
	m, err := s.ledger.Remediation(ctx, id)
	if err != nil {
		return report.LedgerRecord{}, exit{code: exitUnusable, err: err}
	}
	if m.Resource == "" {
		return report.LedgerRecord{}, refused("showing %s: the ledger has no such remediation: 'firewarden remediations' lists them", report.Inert(id))
	}
	r, err := s.ledger.Resource(ctx, m.Resource)
	if err != nil {
		return report.LedgerRecord{}, exit{code: exitUnusable, err: err}
	}
	o := m.Origin
	return report.LedgerRecord{
		LedgerRemediation: remediationOf(m, undoers([]ledger.Resource{r})),
		Plan:              m.Plan, Notes: m.Notes, Before: m.Before, After: m.After,
		Cause: report.Cause{At: o.Time.UTC(), By: o.Principal, Event: o.EventName, EventID: o.EventID, SourceIP: o.SourceIP},
	}, nil
}
