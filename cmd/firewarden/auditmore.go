package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/report"
)

// What an audit can leave out: objects in S3, and IAM.
const (
	theFiles = "config-files"
	theRoles = "roles"
)

var leavable = []string{theFiles, theRoles}

func (a *auditing) leaves(what string) bool { return slices.Contains(a.leaveOut, what) }

// left is what of the audit was left out.
func (a *auditing) left() []string {
	var all []string
	for what, text := range map[string]string{theFiles: "configuration files in S3 (--leave-out)", theRoles: "what roles allow (--leave-out)"} {
		if a.leaves(what) {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// ask asks IAM about the roles of all Regions, each once, by way of one of them: roles are the account's, and so are IAM's rates. It
// is nil where roles are left out.
func (a *auditing) ask(ctx context.Context) reconcile.RoleAnswers {
	slices.SortFunc(a.read, func(x, y regionRead) int { return cmp.Compare(x.site.place.Region, y.site.place.Region) })
	if a.leaves(theRoles) || len(a.read) == 0 {
		return nil
	}
	questions := reconcile.RoleQuestions{}
	for _, r := range a.read {
		questions.Merge(r.read.Questions())
	}
	if len(questions) > 0 {
		a.progress.plan(len(questions), "asking IAM about %s", counted(len(questions), "role"))
	}
	silent := refusals{}
	answers, err := reconcile.AskRoles(ctx, a.read[0].site.roles, questions, func(role string, err error) {
		a.progress.read()
		if err != nil {
			silent[role] = answer(err).Error()
		}
	})
	if err != nil {
		a.failed(report.AuditError{Message: err.Error()})
	}
	silent.say(a.progress, "IAM did not say what %s may do: %s: %s", "role")
	return answers
}

// files says which of a Region's configuration files were not read. One that S3 did not answer about is an error, as any resource is.
func (a *auditing) files(r regionRead) {
	if r.site.objects == nil {
		return
	}
	for arn, err := range r.site.objects.Failed() {
		a.failed(report.AuditError{Region: r.site.place.Region, Resource: arn, Message: err.Error()})
	}
	refusals(r.site.objects.Refused()).say(a.progress, r.site.place.Region+": S3 did not give %s: %s: %s", "object")
}

// refusals are why something is not known, by its ARN.
type refusals map[string]string

// say says in one line how many there are, and the first with its reason.
func (r refusals) say(p *progress, format, noun string) {
	if len(r) > 0 {
		first := slices.Min(slices.Collect(maps.Keys(r)))
		p.note(format, counted(len(r), noun), report.Inert(first), report.Inert(r[first]))
	}
}
