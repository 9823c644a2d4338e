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

const findingsHelp = `List the findings that the ledger knows, most severe first: id, rule, severity,
status and its reason, resource, path, when first and last seen. Those that are
resolved or remediated are left out, unless --all or --status asks for them.

  open          found, nothing done yet
  reported      told; the policy does no more
  remediated    mended and verified
  corrected     a corrected revision is registered, the old one still runs
  blocked       cannot be mended, for the reason given
  resolved      gone without FireWarden's doing
  contested     someone keeps undoing its remediation: hands off until released
  held          a remediation was undone on purpose: hands off for a time

--format json writes {"version": "1", "account", "region", "findings": [...]}, each
with id, rule, severity, status, reason, resource, path, message, evaluation
(noncompliant or unknown), evidence (list), fixable, first_seen, last_seen,
remediation (id or ""); contested_since and held_until where the status is such.
Times are RFC 3339 in UTC. The version grows when a field goes or changes its
meaning; fields may be added.
` + connectHelp + `

Exit codes: 0 listed, whatever there is; 2 wrong usage, or the ledger could not
be read.`

var statuses = []ledger.Status{
	ledger.Open, ledger.Reported, ledger.Remediated, ledger.Corrected, ledger.Blocked, ledger.Resolved, ledger.Contested, ledger.Held,
}

func findingsCommand(connect connector) *cobra.Command {
	var c connection
	var only []string
	var all bool
	cmd := &cobra.Command{
		Use:     "findings",
		Short:   "List the findings in the ledger, or release a contested one",
		Long:    findingsHelp,
		Example: "  firewarden findings\n  firewarden findings --status blocked,contested --format json",
		Args:    cobra.NoArgs,
	}
	c.flags(cmd)
	cmd.Flags().StringSliceVar(&only, "status", nil, "only findings with one of these statuses")
	cmd.Flags().BoolVar(&all, "all", false, "resolved and remediated ones too")
	cmd.MarkFlagsMutuallyExclusive("status", "all")
	f := formatFlag(cmd, "table", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		listed, err := wanted(only, all)
		if err != nil {
			return err
		}
		return c.at(cmd, connect, func(ctx context.Context, s site) error { return listFindings(ctx, cmd, s, listed, f.value) })
	}
	cmd.AddCommand(releaseCommand(&c, connect))
	return cmd
}

// wanted says which statuses are listed.
func wanted(only []string, all bool) (func(ledger.Status) bool, error) {
	for _, word := range only {
		if !slices.Contains(statuses, ledger.Status(word)) {
			return nil, fmt.Errorf("invalid argument %q for --status: it is one of %s", word, words(statuses))
		}
	}
	return func(st ledger.Status) bool {
		if len(only) > 0 {
			return slices.Contains(only, string(st))
		}
		return all || st != ledger.Resolved && st != ledger.Remediated
	}, nil
}

func words(of []ledger.Status) string {
	var b []string
	for _, s := range of {
		b = append(b, string(s))
	}
	return strings.Join(b, ", ")
}

func listFindings(ctx context.Context, cmd *cobra.Command, s site, listed func(ledger.Status) bool, format string) error {
	resources, err := s.ledger.Resources(ctx)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	var all []report.LedgerFinding
	hidden := 0
	for _, r := range resources {
		for id, f := range r.Findings {
			if !listed(f.State) {
				hidden++
				continue
			}
			all = append(all, findingOf(r, id, f))
		}
	}
	slices.SortFunc(all, func(a, b report.LedgerFinding) int {
		return cmp.Or(a.Severity.Rank()-b.Severity.Rank(), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Path, b.Path))
	})
	if format == "json" {
		err = report.LedgerFindingsJSON(cmd.OutOrStdout(), s.place, all)
	} else {
		err = report.LedgerFindings(cmd.OutOrStdout(), all)
	}
	if err != nil {
		return exit{exitUnusable, fmt.Errorf("writing the findings: %w", err)}
	}
	say(cmd.ErrOrStderr(), "account %s, %s: %s, %d not listed", s.place.Account, s.place.Region, counted(len(all), "finding"), hidden)
	return nil
}

// findingOf is a finding with what its resource knows of its status.
func findingOf(r ledger.Resource, id string, f ledger.Finding) report.LedgerFinding {
	out := report.LedgerFinding{
		ID: id, Rule: f.Rule, Severity: f.Severity, Status: string(f.State), Reason: f.Reason,
		Resource: f.Resource, Path: f.Path, Message: f.Message, Evaluation: f.Status, Evidence: f.Evidence, Fixable: f.Fixable,
		FirstSeen: f.FirstSeen.UTC(), LastSeen: f.LastSeen.UTC(), Remediation: f.Remediation,
	}
	switch f.State {
	case ledger.Contested:
		out.ContestedSince = r.Contested[f.Rule].UTC()
	case ledger.Held:
		if i := slices.IndexFunc(r.Holds, func(h ledger.Hold) bool { return h.Rule == f.Rule }); i >= 0 {
			out.HeldUntil, out.Reason = r.Holds[i].Until.UTC(), cmp.Or(f.Reason, r.Holds[i].Why)
		}
	}
	return out
}
