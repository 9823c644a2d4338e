package reconcile

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
)

// trailRef is the ledger's document about the trail, which is no resource with findings.
const trailRef = "account/cloudtrail"

// notCovered is what a sweep does not look at.
var notCovered = []string{
	"other Regions and other accounts: a stack serves one account in one Region",
	"revisions that are not the latest of their family, where nothing runs or starts them",
	"pipelines, workflows and functions that start tasks: only services, tasks, schedules and rules of EventBridge are listed",
	"configuration files in S3 and in images, and what roles allow",
}

// digest sends the digest of a sweep that has completed, once, where the policy asks for it: how the ledger stands now. What the
// sweep has found last may still be on its way to the remediator, and is open then.
func (s Sweeper) digest(ctx context.Context, sweep ledger.Sweep) error {
	all, err := s.Ledger.Resources(ctx)
	if err != nil {
		return err
	}
	d := notify.Digest{
		Sweep: sweep.ID, Started: sweep.Started, Completed: sweep.Finished, Account: s.Account, Region: s.Region, Stack: s.Name,
		Families: sweep.Families, Groups: sweep.Groups, Since: sweep.Since, NotCovered: notCovered, Exemptions: s.exemptions(),
	}
	for _, known := range all {
		if known.Ref == startsRef && missing(known.Told) != "" {
			d.NotCovered = append(slices.Clone(d.NotCovered), missing(known.Told))
		}
		if known.Ref == trailRef {
			d.MissingTrail = missing(known.Told)
		}
		d.Open = append(d.Open, unmended(known)...)
		d.Remediated = append(d.Remediated, mendedSince(known, sweep.Since)...)
	}
	if s.Policy.SendsDigest(len(d.Open)) {
		s.Log.InfoContext(ctx, "publishing a digest", "sweep", sweep.ID, "findings", len(d.Open))
		if err := s.Publisher.PublishDigest(ctx, d); err != nil {
			return err
		}
	}
	s.countSweep(sweep, d.Open)
	return s.Ledger.SweepTold(ctx, sweep.ID, s.Now())
}

// missing is what is not there, as people were told, as long as it is not.
func missing(told string) string {
	why, ok := strings.CutPrefix(told, string(ledger.Blocked)+": ")
	if !ok {
		return ""
	}
	return why
}

// unmended are the findings of a resource that are neither remediated nor gone: also those whose corrected revision is there and
// not in use yet.
func unmended(known ledger.Resource) []notify.OpenFinding {
	var open []notify.OpenFinding
	for _, fp := range slices.Sorted(maps.Keys(known.Findings)) {
		f := known.Findings[fp]
		if f.State == ledger.Remediated || f.State == ledger.Resolved || f.State == ledger.Suppressed {
			continue
		}
		open = append(open, notify.OpenFinding{
			Rule: f.Rule, Severity: f.Severity, Status: string(f.State), Reason: f.Reason, Resource: f.Resource, Message: f.Message, Since: f.FirstSeen,
		})
	}
	return open
}

// mendedSince are the remediations of a resource that were made since a time and hold, in the order of their ids.
func mendedSince(known ledger.Resource, since time.Time) []notify.Remediated {
	byID := map[string]*notify.Remediated{}
	for _, rule := range slices.Sorted(maps.Keys(known.History)) {
		for _, m := range known.History[rule] {
			if m.Undone != nil || m.At.Before(since) {
				continue
			}
			if byID[m.Remediation] == nil {
				byID[m.Remediation] = &notify.Remediated{ID: m.Remediation, Resource: known.Ref, At: m.At}
			}
			byID[m.Remediation].Rules = append(byID[m.Remediation].Rules, rule)
		}
	}
	var all []notify.Remediated
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		all = append(all, *byID[id])
	}
	return all
}
