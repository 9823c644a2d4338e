package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

const reportHelp = `Report on compliance as the ledger knows it: findings by status, severity, rule,
cluster, service and family; past sweeps with what was there; exemptions with their
ends; remediations and what came of them since a time (--since: 30d, 12h, or a date).

A finding stands until it is mended or gone; one that is exempt is suppressed. Where a
finding matters is taken from the ledger's index of what runs where; without that from
what findings rest on; and where neither tells, it is listed as "not known". A finding
that matters to two services counts for each of them.

The exemptions are those of the policy that this command reads, and those that the
ledger names and this policy has not (by tag, or of another policy).
` + policyHelp + `

--format json writes {"version": "1", "account", "region", "at", "since", "totals",
"sweeps", "exemptions", "remediations"}; csv a row a number. See docs/report.md. The
version grows when a field goes or changes its meaning; fields may be added.
` + connectHelp + `
IAM: dynamodb:GetItem and dynamodb:Query on the table.

Exit codes: 0 written, whatever there is; 2 wrong usage, or the ledger could not be
read.`

// sinceDefault is the time whose remediations are reported.
const sinceDefault = "30d"

// complianceRenderers write the report in each format.
var complianceRenderers = map[string]func(io.Writer, report.Compliance) error{
	"table": report.ComplianceText, "json": report.ComplianceJSON, "csv": report.ComplianceCSV,
}

func reportCommand(connect connector) *cobra.Command {
	var c connection
	var from policies
	since := sinceDefault
	cmd := &cobra.Command{
		Use:     "report",
		Short:   "Report on compliance, from the ledger of a deployed stack",
		Long:    reportHelp,
		Example: "  firewarden report\n  firewarden report --since 2026-11-01 --format json --policy policy.yaml",
		Args:    cobra.NoArgs,
	}
	c.flags(cmd)
	from.flags(cmd)
	cmd.Flags().StringVar(&since, "since", since, "from when on remediations are reported: 30d, 12h, or a date")
	f := formatFlag(cmd, "table", "json", "csv")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		begin, err := ago(since)
		if err != nil {
			return err
		}
		p, _, err := from.load()
		if err != nil {
			return err
		}
		return c.at(cmd, connect, func(ctx context.Context, s site) error {
			doc, err := compliance(ctx, s, p, begin(s.now().UTC()))
			if err != nil {
				return exit{code: exitUnusable, err: err}
			}
			if err := complianceRenderers[f.value](cmd.OutOrStdout(), doc); err != nil {
				return exit{exitUnusable, fmt.Errorf("writing the report: %w", err)}
			}
			say(cmd.ErrOrStderr(), "account %s, %s: %s, %d standing; other Regions and accounts are not covered", s.place.Account, s.place.Region,
				counted(doc.Totals.Findings, "finding"), doc.Totals.Standing)
			return nil
		})
	}
	return cmd
}

// days is a time in days, which Go's durations do not have.
var days = regexp.MustCompile(`^([0-9]{1,4})d$`)

// ago reads --since: what it is at a time.
func ago(text string) (func(now time.Time) time.Time, error) {
	if date, err := time.Parse(time.DateOnly, text); err == nil {
		return func(time.Time) time.Time { return date }, nil
	}
	d, err := time.ParseDuration(text)
	if m := days.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		d, err = time.Duration(n)*24*time.Hour, nil
	}
	if err != nil || d < 0 {
		return nil, fmt.Errorf("invalid argument %q for --since: it is a number of days (30d), a duration (12h) or a date (2026-11-01)", text)
	}
	return func(now time.Time) time.Time { return now.Add(-d) }, nil
}

// compliance reads the ledger.
func compliance(ctx context.Context, s site, p policy.Policy, since time.Time) (report.Compliance, error) {
	resources, err := s.ledger.Resources(ctx)
	if err != nil {
		return report.Compliance{}, err
	}
	remediations, err := s.ledger.Remediations(ctx)
	if err != nil {
		return report.Compliance{}, err
	}
	sweeps, err := s.ledger.Sweeps(ctx)
	if err != nil {
		return report.Compliance{}, err
	}
	at, err := readPlaces(ctx, s.ledger.Store, resources)
	if err != nil {
		return report.Compliance{}, err
	}
	now := s.now().UTC()
	return report.Compliance{
		Place: s.place, At: now, Since: since, Totals: report.Total(counts(resources, at)), Sweeps: trend(sweeps, resources, remediations, now),
		Exemptions: exemptionsOf(p, resources, now), Remedied: remedied(remediations, resources, since),
	}, nil
}

// counts are the ledger's findings, each as it counts.
func counts(resources []ledger.Resource, at places) []report.Counted {
	var all []report.Counted
	for _, r := range resources {
		for _, f := range r.Findings {
			users, families := at.where(r.Ref)
			all = append(all, report.Counted{Tally: stands(f), Rule: f.Rule, Severity: f.Severity, Status: string(f.State), Users: users, Families: families})
		}
	}
	return all
}

// stands is how a finding counts.
func stands(f ledger.Finding) report.Tally {
	switch {
	case f.State == ledger.Resolved || f.State == ledger.Remediated:
		return report.Tally{Ended: 1}
	case f.State == ledger.Suppressed:
		return report.Tally{Suppressed: 1}
	case f.Status == rules.Unknown:
		return report.Tally{Unknown: 1}
	}
	return report.Tally{Standing: 1}
}

// trend is what belongs to each sweep's time, which lasts until the next one's start.
func trend(sweeps []ledger.Sweep, resources []ledger.Resource, remediations []ledger.Remediation, now time.Time) []report.Sweep {
	slices.SortStableFunc(sweeps, func(a, b ledger.Sweep) int { return a.Started.Compare(b.Started) })
	var all []report.Sweep
	for i, s := range sweeps {
		end := now
		if i+1 < len(sweeps) {
			end = sweeps[i+1].Started
		}
		out := report.Sweep{ID: s.ID, Started: s.Started.UTC(), Families: s.Families, Groups: s.Groups}
		if !s.Finished.IsZero() {
			out.Finished = s.Finished.UTC()
		}
		within := func(t time.Time) bool { return !t.Before(s.Started) && t.Before(end) }
		for _, r := range resources {
			for _, f := range r.Findings {
				if f.FirstSeen.Before(end) && !f.LastSeen.Before(s.Started) {
					out.Seen++
				}
				if within(f.FirstSeen) {
					out.New++
				}
			}
		}
		for _, m := range remediations {
			if within(m.Started) {
				out.Remediations++
			}
		}
		all = append(all, out)
	}
	return all
}

// remedied are the remediations that were begun since a time.
func remedied(all []ledger.Remediation, resources []ledger.Resource, since time.Time) report.Remedied {
	by := undoers(resources)
	var in []report.LedgerRemediation
	for _, m := range all {
		if !m.Started.Before(since) {
			in = append(in, remediationOf(m, by))
		}
	}
	return report.Remedy(in)
}

// suppressed are the findings that are exempt, in a fixed order.
func suppressed(resources []ledger.Resource) []ledger.Finding {
	var all []ledger.Finding
	for _, r := range resources {
		for _, id := range slices.Sorted(maps.Keys(r.Findings)) {
			if f := r.Findings[id]; f.State == ledger.Suppressed {
				all = append(all, f)
			}
		}
	}
	return all
}

// untilWhen is the end in a reason that the remediator wrote for a suppressed finding.
var untilWhen = regexp.MustCompile(`^exempt by (.+) until ([0-9-]{10}): `)

// exemptionsOf are the policy's, in its order, and those that only suppressed findings tell of.
func exemptionsOf(p policy.Policy, resources []ledger.Resource, now time.Time) []report.Exemption {
	var all []report.Exemption
	at := map[string]int{}
	for _, e := range p.Exemptions {
		state := report.ExemptionCounts
		switch {
		case e.Expired(now):
			state = report.ExemptionEnded
		case e.Far(now):
			state = report.ExemptionFar
		}
		at[e.Key()] = len(all)
		all = append(all, report.Exemption{
			Rule: e.Rule, Resource: e.Resource, Reason: e.Reason, Owner: e.Owner, Until: e.Until.Format(time.DateOnly), By: e.Place, State: state,
		})
	}
	for _, f := range suppressed(resources) {
		e, ok := p.Exempt(f.Finding, now)
		key := e.Key()
		if !ok || strings.HasPrefix(f.Reason, "exempt by tag ") {
			key = f.Rule + " " + f.Resource + " " + f.Reason
		}
		if _, known := at[key]; !known {
			at[key] = len(all)
			all = append(all, told(f))
		}
		all[at[key]].Suppressed++
	}
	return all
}

// told is an exemption as a finding's reason tells it.
func told(f ledger.Finding) report.Exemption {
	e := report.Exemption{Rule: f.Rule, Resource: f.Resource, Reason: f.Reason, By: "ledger", State: report.ExemptionElsewhere}
	if m := untilWhen.FindStringSubmatch(f.Reason); m != nil {
		e.By, e.Until, e.Reason = m[1], m[2], strings.TrimPrefix(f.Reason, m[0])
	}
	return e
}
