package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/report"
)

const remediationsHelp = `List the remediations that the ledger keeps (400 days), newest first: id, when,
resource, rules, outcome and its reason, and who undid it.

--format json writes {"version": "1", "account", "region", "remediations": [...]},
each with id, started, finished (absent while pending), resource, rules (list),
findings (list of ids), outcome (a status of findings, or "pending"), reason, and
undone: null, or {at, by, event, event_id, source_ip}. Times are RFC 3339 in UTC.
The version grows when a field goes or changes its meaning; fields may be added.
` + connectHelp + `

Exit codes: 0 listed, whatever there is; 2 wrong usage, or the ledger could not
be read.`

func remediationsCommand(connect connector) *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:     "remediations",
		Short:   "List what was remediated, or show one remediation with its before-image",
		Long:    remediationsHelp,
		Example: "  firewarden remediations\n  firewarden remediations show 20261123T233603.123-9f86d081",
		Args:    cobra.NoArgs,
	}
	c.flags(cmd)
	f := formatFlag(cmd, "table", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.at(cmd, connect, func(ctx context.Context, s site) error { return listRemediations(ctx, cmd, s, f.value) })
	}
	cmd.AddCommand(showCommand(&c, connect))
	return cmd
}

func listRemediations(ctx context.Context, cmd *cobra.Command, s site, format string) error {
	kept, err := s.ledger.Remediations(ctx)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	resources, err := s.ledger.Resources(ctx)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	by := undoers(resources)
	all := make([]report.LedgerRemediation, len(kept))
	for i, m := range kept {
		all[i] = remediationOf(m, by)
	}
	slices.SortFunc(all, func(a, b report.LedgerRemediation) int {
		return cmp.Or(b.Started.Compare(a.Started), strings.Compare(b.ID, a.ID))
	})
	if format == "json" {
		err = report.LedgerRemediationsJSON(cmd.OutOrStdout(), s.place, all)
	} else {
		err = report.LedgerRemediations(cmd.OutOrStdout(), all)
	}
	if err != nil {
		return exit{exitUnusable, fmt.Errorf("writing the remediations: %w", err)}
	}
	say(cmd.ErrOrStderr(), "account %s, %s: %s", s.place.Account, s.place.Region, counted(len(all), "remediation"))
	return nil
}

// undoers are, by remediation, the events in which what it mended was there again.
func undoers(resources []ledger.Resource) map[string]ledger.Mend {
	by := map[string]ledger.Mend{}
	for _, r := range resources {
		for _, mends := range r.History {
			for _, m := range mends {
				if m.Undone != nil {
					by[m.Remediation] = m
				}
			}
		}
	}
	return by
}

func remediationOf(m ledger.Remediation, by map[string]ledger.Mend) report.LedgerRemediation {
	out := report.LedgerRemediation{
		ID: m.ID, Started: m.Started.UTC(), Resource: m.Resource, Rules: m.Rules, Findings: m.Findings,
		Outcome: cmp.Or(string(m.Outcome), "pending"), Reason: m.Reason,
	}
	if !m.Finished.IsZero() {
		out.Finished = m.Finished.UTC()
	}
	mend, again := by[m.ID]
	switch {
	case !m.Undone.IsZero():
		out.Undone = &report.Cause{At: m.Undone.UTC(), Event: "firewarden undo"}
	case again:
		o := mend.Undone
		out.Undone = &report.Cause{At: cmp.Or(o.Time, mend.UndoneAt).UTC(), By: o.Principal, Event: o.EventName, EventID: o.EventID, SourceIP: o.SourceIP}
	}
	return out
}
