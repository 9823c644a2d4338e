package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/report"
)

const undoHelp = `Show how a remediation would be undone: the plan on stdout, and on stderr the command
that does it and the exemption that keeps it from coming again. Nothing is changed.

With --apply, a hold is written first: until it ends (--hold), events and sweeps leave
the rules of this remediation alone on this resource. When the hold ends, FireWarden
remediates again.

On a security group, what the remediation changed is then put back: ranges in place with
their ids, descriptions and tags; entries that were revoked come back with description
and tags, and a new id. What others changed since stays. Refused where the entries are
not as the remediation left them.

Of a task definition, the corrected revision is deregistered, so that the revision it was
made from is the latest one again. Refused where it is not the latest any more, where
something runs it (the message names the commands that move services), and where the
revision it was made from is not active any more.

Refused also where the remediation has not finished, was undone already or changed
nothing.
` + connectHelp + `

IAM, with --apply: dynamodb:GetItem, PutItem and ConditionCheckItem on the table; for a
group ec2:DescribeSecurityGroups, DescribeSecurityGroupRules, ModifySecurityGroupRules,
AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, CreateTags; for a definition
ecs:DescribeTaskDefinition, DeregisterTaskDefinition, ListClusters, ListServices,
DescribeServices, ListTasks, DescribeTasks, DescribeContainerInstances.

Exit codes: 0 shown, or undone; 1 refused, or not carried through: the message says
why; 2 wrong usage, or the stack could not be read.`

const (
	holdDefault = 24 * time.Hour
	// exempted is how long the proposed exemption lasts.
	exempted = 90 * 24 * time.Hour
)

// undoing is what an undo was asked for.
type undoing struct {
	id    string
	apply bool
	hold  time.Duration
	// args are the flags that reach the same ledger.
	args string
}

func undoCommand(connect connector) *cobra.Command {
	var c connection
	o := undoing{hold: holdDefault}
	cmd := &cobra.Command{
		Use:     "undo ID",
		Short:   "Show how to undo a remediation, or undo it and be left alone",
		Long:    undoHelp,
		Example: "  firewarden undo 20261123T233603.123-9f86d081\n  firewarden undo 20261123T233603.123-9f86d081 --apply --hold 72h",
		Args:    cobra.ExactArgs(1),
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&o.apply, "apply", false, "do it")
	cmd.Flags().DurationVar(&o.hold, "hold", o.hold, "how long FireWarden keeps its hands off afterwards")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.hold <= 0 {
			return fmt.Errorf("invalid argument %q for --hold: it must be longer than nothing", o.hold)
		}
		o.id, o.args = args[0], c.args()
		return c.at(cmd, connect, func(ctx context.Context, s site) error { return undo(ctx, cmd, s, o) })
	}
	return cmd
}

func undo(ctx context.Context, cmd *cobra.Command, s site, o undoing) error {
	m, err := s.ledger.Remediation(ctx, o.id)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	if !m.Undone.IsZero() {
		return refused("undoing %s: it was undone already, at %s", m.ID, report.Moment(m.Undone))
	}
	r := reconcile.Remediator{Owner: "firewarden undo", Groups: s.groups, Tasks: s.tasks, Inventory: s.users, Stack: reconcile.Stack{
		Account: s.place.Account, Region: s.place.Region, Ledger: s.ledger, Log: slog.New(slog.DiscardHandler), Now: s.now, Wait: reconcile.Wait,
	}}
	u, err := r.PlanUndo(ctx, o.id)
	switch {
	case err != nil:
		return exit{code: exitRefused, err: err}
	case u.Empty():
		return refused("undoing %s: it changed nothing that is still to be undone", o.id)
	case !o.apply:
		return shown(cmd, u, s, o)
	}
	until := s.now().Add(o.hold)
	if u, err = r.ApplyUndo(ctx, o.id, until); err != nil {
		return exit{code: exitRefused, err: fmt.Errorf("%w\nLook at %s, and at 'firewarden findings%s': the hold until %s may be written already", err, report.Inert(m.Resource), o.args, report.Moment(until))}
	}
	return applied(cmd, u, until, s)
}

// shown says what an undo would do.
func shown(cmd *cobra.Command, u reconcile.Undo, s site, o undoing) error {
	if err := steps(cmd, "would make", u); err != nil {
		return err
	}
	talk, rules := cmd.ErrOrStderr(), strings.Join(u.Remediation.Rules, ", ")
	hold := ""
	if o.hold != holdDefault {
		hold = " --hold " + short(o.hold)
	}
	say(talk, "Nothing was changed. To do it, and to have %s left alone there for %s:\n  firewarden undo %s --apply%s%s", rules, short(o.hold), o.id, hold, o.args)
	exempt(cmd, u, s.now())
	return nil
}

// short is a duration without the zeros that end it: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// applied says what an undo did.
func applied(cmd *cobra.Command, u reconcile.Undo, until time.Time, s site) error {
	if err := steps(cmd, "made", u); err != nil {
		return err
	}
	say(cmd.ErrOrStderr(), "Undone. Events and sweeps leave %s alone on %s until %s; then it is remediated again.",
		strings.Join(u.Remediation.Rules, ", "), report.Inert(u.Remediation.Resource), report.Moment(until))
	exempt(cmd, u, s.now())
	return nil
}

// steps writes the plan, one step a line, under what it is.
func steps(cmd *cobra.Command, verb string, u reconcile.Undo) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "undo of %s %s on %s:\n%s", u.Remediation.ID, verb, report.Inert(u.Remediation.Resource), report.Lines(u.String(), "  "))
	return err
}

// exempt proposes the exemption, where this version's policy takes it: an invalid policy would stop all remediation.
func exempt(cmd *cobra.Command, u reconcile.Undo, now time.Time) {
	text := u.Exemption(now.Add(exempted))
	if _, err := policy.Parse("", []byte(text)); err != nil {
		say(cmd.ErrOrStderr(), "The policy of this version knows no exemptions: a longer --hold keeps it open for longer.")
		return
	}
	say(cmd.ErrOrStderr(), "To keep it open for longer, exempt it in the policy:\n%s", strings.TrimRight(report.Lines(text, "  "), "\n"))
}
