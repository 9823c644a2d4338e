package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
)

// auditHelp has a place for the actions that it needs.
const auditHelp = `Read the account as it is now and evaluate the rules: the latest active revision of
each task-definition family, every revision that a service or task runs or a schedule
or rule of EventBridge starts, and every security group in use with its users.
Configuration files of routers are read from S3 where a definition names one, with your
credentials and whatever bucket it is in, and IAM is asked once about each role what it
allows; --leave-out leaves either out. Nothing is changed and nothing recorded; no
deployed stack is needed.

--regions names the Regions, read side by side; without it, the configured one is
read. An error in one Region, or about one resource, leaves the others: it is said
on stderr and in the JSON, and the exit code is 2. Where only S3 or IAM refuse, what
hangs on them is unknown, stderr says so, and the exit code is what the rest gives.
What an audit does not cover is said too. Findings go to stdout, everything else to
stderr.

No more than half of the calls are made that AWS allows the account a second, so
that deployments are not held up: ten families and ten groups a second, at the most,
and two roles in all Regions together. The policy's sweep_percent says otherwise.

--format json writes {"version": "1", "account", "at", "regions", "totals",
"findings", "suppressed", "errors", "not_covered"}; csv a row a finding. See
docs/report.md. The version grows when a field goes or changes its meaning; fields
may be added.
%s
Credentials and Region are found as the AWS CLI finds them (AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL, ...). IAM, all on resource "*", and nothing that writes:
%s
s3:GetObject may be for the buckets with configuration files alone; where a key of KMS
encrypts them, kms:Decrypt on it is needed too.

Exit codes:
  0  nothing found (unknown and suppressed apart)
  1  findings
  2  not everything could be read, or wrong usage; 2 wins over 1`

// How much is done at a time: Regions, each at rates of its own, and resources of one Region.
const (
	regionsAtOnce   = 4
	resourcesAtOnce = 4
)

// notCovered is what an audit does not look at, other Regions and accounts apart.
var notCovered = []string{
	"revisions that are not the latest of their family, where nothing runs or starts them",
	"pipelines, workflows and functions that start tasks: only services, tasks, schedules and rules of EventBridge are listed",
	"families without an active revision, where something still runs one",
	"configuration files in images and on volumes, and what the policies of buckets, streams, keys and other roles allow",
	"whether a trail logs, and what a deployed FireWarden knows: 'firewarden report' tells the latter",
}

// auditRenderers write the audit in each format.
var auditRenderers = map[string]func(io.Writer, report.Audit) error{"table": report.AuditText, "json": report.AuditJSON, "csv": report.AuditCSV}

func auditCommand(connect connector) *cobra.Command {
	var from policies
	var regions, leaveOut []string
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "Read an account now, change nothing, and say what is wrong",
		Long:    fmt.Sprintf(auditHelp, "\n"+policyHelp+"\n", "  "+strings.Join(reads(), "\n  ")),
		Example: "  firewarden audit\n  firewarden audit --regions eu-west-1,us-east-1 --format csv > findings.csv",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringSliceVar(&regions, "regions", nil, "the Regions to read, separated by commas")
	cmd.Flags().StringSliceVar(&leaveOut, "leave-out", nil, "what not to read: "+strings.Join(leavable, ", "))
	f := formatFlag(cmd, "table", "json", "csv")
	from.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, what := range leaveOut {
			if !slices.Contains(leavable, what) {
				return exit{exitUnusable, fmt.Errorf("--leave-out %s: it takes %s", report.Inert(what), strings.Join(leavable, " and "))}
			}
		}
		p, _, err := from.load()
		if err != nil {
			return err
		}
		ctx, stop := interruptible(cmd.Context())
		defer stop()
		ended(cmd.ErrOrStderr(), p, time.Now())
		a := auditing{connect: connect, policy: p, leaveOut: leaveOut, progress: newProgress(cmd.ErrOrStderr(), time.Now)}
		found := a.run(ctx, named(regions))
		if err := auditRenderers[f.value](cmd.OutOrStdout(), found); err != nil {
			return exit{exitUnusable, fmt.Errorf("writing the findings: %w", err)}
		}
		return audited(cmd, found)
	}
	return cmd
}

// named are the Regions that are named, each once, in their order; "" for the configured one where none is.
func named(regions []string) []string {
	var all []string
	for _, r := range regions {
		if r = strings.TrimSpace(r); r != "" && !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// auditing is an audit at work.
type auditing struct {
	connect  connector
	policy   policy.Policy
	leaveOut []string
	progress *progress

	mu    sync.Mutex
	read  []regionRead
	found report.Audit
	count []report.Counted
}

// regionRead is what was read of a Region, and where.
type regionRead struct {
	site site
	read *reconcile.Unjudged
}

// run reads the Regions, some at a time, asks about the roles of all of them, judges, and puts what that gives in a fixed order.
func (a *auditing) run(ctx context.Context, regions []string) report.Audit {
	a.found.At = a.progress.now().UTC()
	turns := make(chan struct{}, regionsAtOnce)
	var done sync.WaitGroup
	for _, region := range regions {
		turns <- struct{}{}
		done.Go(func() {
			defer func() { <-turns }()
			a.region(ctx, region)
		})
	}
	done.Wait()
	roles := a.ask(ctx)
	for _, r := range a.read {
		a.judge(r, roles)
		a.files(r)
	}
	a.progress.end()
	a.found.Totals = report.Total(a.count)
	a.found.NotCovered = slices.Concat([]string{a.others()}, notCovered, a.left())
	order(&a.found)
	return a.found
}

// others are the accounts and Regions that were not read.
func (a *auditing) others() string {
	var all []string
	for _, r := range a.found.Regions {
		all = append(all, r.Region)
	}
	if len(all) == 0 {
		return "any account or Region: none could be read"
	}
	slices.Sort(all)
	return "other accounts, and Regions other than " + strings.Join(all, ", ")
}

// region reads one Region; what cannot be read of it is an error of that Region alone.
func (a *auditing) region(ctx context.Context, region string) {
	s, err := a.connect(ctx, connection{live: true, region: region, percent: a.policy.SweepPercent, noFiles: a.leaves(theFiles)})
	if err != nil {
		a.failed(report.AuditError{Region: region, Message: err.Error()})
		return
	}
	region = s.place.Region
	read, err := reconcile.Survey{
		Stack:    reconcile.Stack{Account: s.place.Account, Region: region, Policy: a.policy, Now: s.now},
		Families: s.families, Tasks: s.known, Groups: s.groups, Inventory: s.users, Workers: resourcesAtOnce,
		Planned: func(families, groups int) {
			a.progress.plan(families+groups, "%s: reading %s and %s", region, countedFamilies(families), counted(groups, "group"))
		},
		Done: a.progress.read,
	}.Read(ctx)
	if err != nil {
		a.failed(report.AuditError{Region: region, Message: err.Error()})
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read = append(a.read, regionRead{s, read})
}

// judge judges what was read of a Region.
func (a *auditing) judge(r regionRead, roles reconcile.RoleAnswers) {
	region := r.site.place.Region
	v := r.read.Judge(roles)
	for _, u := range v.Unread {
		a.failed(report.AuditError{Region: region, Resource: u.Resource, Message: u.Err.Error()})
	}
	a.found.Account = r.site.place.Account
	a.found.Regions = append(a.found.Regions, report.AuditedRegion{Region: region, Families: v.Families, Revisions: v.Revisions, Groups: v.Groups, Services: v.Services})
	for _, f := range v.Found {
		a.take(region, f)
	}
	for _, note := range v.Notes {
		a.progress.note("%s: %s", region, report.Inert(note))
	}
}

func (a *auditing) failed(e report.AuditError) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.found.Errors = append(a.found.Errors, e)
}

// take takes a finding in, and counts it.
func (a *auditing) take(region string, f reconcile.SurveyFinding) {
	out := report.AuditFinding{
		Region: region, ID: f.Fingerprint(), Rule: f.Rule, Severity: f.Severity, Evaluation: f.Status, Resource: f.Resource,
		Revisions: f.Revisions, Path: f.Path, Message: f.Message, Evidence: f.Evidence, Fixable: f.Fixable,
	}
	for _, u := range f.Users {
		out.Users = append(out.Users, report.UserOf(u))
	}
	n := report.Counted{Tally: report.Tally{Standing: 1}, Rule: f.Rule, Severity: f.Severity, Status: string(f.Status), Users: out.Users, Families: f.Families}
	if len(n.Users) == 0 {
		n.Users = []report.User{{By: report.NobodyRuns}}
	}
	switch e := f.Exemption; {
	case e != nil:
		n.Tally, n.Status = report.Tally{Suppressed: 1}, string(rules.Suppressed)
		a.found.Suppressed = append(a.found.Suppressed, report.SuppressedFinding{
			AuditFinding: out, Reason: e.Reason, Owner: e.Owner, Until: e.Until.Format(time.DateOnly), By: e.Place,
		})
	case f.Status == rules.Unknown:
		n.Tally = report.Tally{Unknown: 1}
		fallthrough
	default:
		a.found.Findings = append(a.found.Findings, out)
	}
	a.count = append(a.count, n)
}

// order puts an audit's lists in an order that does not hang on which Region came first.
func order(a *report.Audit) {
	byPlace := func(x, y report.AuditFinding) int {
		return cmp.Or(x.Severity.Rank()-y.Severity.Rank(), strings.Compare(x.Region, y.Region), strings.Compare(x.Resource, y.Resource),
			strings.Compare(x.Rule, y.Rule), strings.Compare(x.Path, y.Path))
	}
	slices.SortFunc(a.Findings, byPlace)
	slices.SortFunc(a.Suppressed, func(x, y report.SuppressedFinding) int { return byPlace(x.AuditFinding, y.AuditFinding) })
	slices.SortFunc(a.Regions, func(x, y report.AuditedRegion) int { return strings.Compare(x.Region, y.Region) })
	slices.SortFunc(a.Errors, func(x, y report.AuditError) int {
		return cmp.Or(strings.Compare(x.Region, y.Region), strings.Compare(x.Resource, y.Resource))
	})
}

// audited says on stderr what was read and what not, and gives the exit code.
func audited(cmd *cobra.Command, a report.Audit) error {
	talk := cmd.ErrOrStderr()
	for _, e := range a.Errors {
		where := strings.TrimSpace(e.Region + " " + e.Resource)
		say(talk, "not read: %s", report.Inert(strings.TrimPrefix(where+": "+e.Message, ": ")))
	}
	for _, r := range a.Regions {
		say(talk, "account %s, %s: %s, %s, %s, %s", a.Account, r.Region, countedFamilies(r.Families), counted(r.Revisions, "revision"), counted(r.Groups, "group"), counted(r.Services, "service"))
	}
	for _, what := range a.NotCovered {
		say(talk, "not covered: %s", what)
	}
	say(talk, "%s, %d unknown, %d suppressed, %d not read", counted(a.Totals.Standing, "finding"), a.Totals.Unknown, a.Totals.Suppressed, len(a.Errors))
	switch {
	case len(a.Errors) > 0:
		return exit{code: exitUnusable}
	case a.Totals.Standing > 0:
		return exit{code: exitFindings}
	}
	return nil
}
