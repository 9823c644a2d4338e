package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/rules"
)

// Cloud is what the demo needs of the local cloud.
type Cloud interface {
	// Config is the configuration of an ordinary client of the cloud.
	Config() aws.Config
	// Topic is the ARN of the notice topic.
	Topic() string
	// Idle waits until every queue of the stack is empty and nothing is at work.
	Idle(ctx context.Context) error
	// Redeliver delivers every message of the stack's queues once more, and says how many there were.
	Redeliver(ctx context.Context) (int, error)
	// Sweep sends the schedule's message.
	Sweep(ctx context.Context) error
	// Mutations lists the calls since a time that changed EC2 or ECS, as "ec2 RevokeSecurityGroupIngress".
	Mutations(since time.Time) []string
}

// Options are the demo's settings.
type Options struct {
	Cloud Cloud
	Out   io.Writer
	// Patience is how long each step waits for its outcome; 0 means 30 seconds.
	Patience time.Duration
	// FailFast ends the demo at the first step that is not as it should be.
	FailFast bool
}

// show is a running demo.
type show struct {
	Options
	*account
	inbox  *inbox
	start  time.Time
	failed []error
}

// Run plays the main job and returns an error that names every step that was not so.
func Run(ctx context.Context, o Options) error {
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	s := &show{Options: o, start: time.Now()}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{s.rangeAround, s.exactEntries, s.unusedGroup, s.badDefinition, s.twice} {
		if err := step(ctx); err != nil {
			s.fail(err)
			if s.FailFast {
				break
			}
		}
	}
	s.letters()
	if err := errors.Join(s.failed...); err != nil {
		return fmt.Errorf("the demo did not go as it should:\n%w", err)
	}
	s.say("all as it should be")
	return nil
}

func (s *show) prepare(ctx context.Context) error {
	var err error
	if s.account, err = build(ctx, s.Cloud.Config()); err != nil {
		return err
	}
	if s.inbox, err = subscribe(ctx, s.Cloud.Config(), s.Cloud.Topic()); err != nil {
		return err
	}
	if err := s.Cloud.Idle(ctx); err != nil { // ECS's own events about the new service would lead to its group, too
		return err
	}
	s.say("a FireLens service \"web\" (awsvpc) behind %s; a group %s that no FireLens task uses", s.web, s.other)
	return nil
}

// say prints one line of the timeline, with the time since the start.
func (s *show) say(format string, args ...any) {
	fmt.Fprintf(s.Out, "%6.2fs  %s\n", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}

// took prints an outcome with the time from call to outcome.
func (s *show) took(since time.Time, n notify.Notice) {
	s.say("-> %s after %.2f s", n.Status, time.Since(since).Seconds())
	for _, line := range n.Changed {
		fmt.Fprintf(s.Out, "           %s\n", line)
	}
}

func (s *show) fail(err error) {
	s.failed = append(s.failed, err)
	s.say("FAILED: %v", err)
}

// outcome waits for the next notice about a resource and asserts its status.
func (s *show) outcome(ctx context.Context, resource, status string, seen int) (notify.Notice, error) {
	n, err := s.inbox.await(ctx, resource, seen, s.Patience)
	if err == nil && n.Status != status {
		err = fmt.Errorf("%s is told as %q (%s), want %q", resource, n.Status, n.Reason, status)
	}
	return n, err
}

// rangeAround opens 24000-25000 to the world on the service's group.
func (s *show) rangeAround(ctx context.Context) error {
	s.say("(a) jo opens 24000-25000 from 0.0.0.0/0 on %s", s.web)
	seen, since := len(s.inbox.got), time.Now()
	made, err := s.authorize(ctx, s.web, map[string]string{"owner": "jo"}, permission(24000, 25000, cidr("0.0.0.0/0", "log shipping")))
	if err != nil {
		return err
	}
	n, err := s.outcome(ctx, "security-group/"+s.web, "remediated", seen)
	if err != nil {
		return err
	}
	s.took(since, n)
	now, err := s.entries(ctx, s.web)
	if err != nil {
		return err
	}
	if err := same(now, "tcp 24000-24223 0.0.0.0/0 (log shipping)", "tcp 24225-25000 0.0.0.0/0 (log shipping)"); err != nil {
		return err
	}
	if !slices.ContainsFunc(now, func(e entry) bool { return e.id == made[0] }) {
		return fmt.Errorf("no entry kept the id %s", made[0])
	}
	for _, e := range now {
		if e.tags["owner"] != "jo" {
			return fmt.Errorf("entry %s lost its tag: %v", e.id, e.tags)
		}
	}
	return nil
}

// exactEntries opens exactly 24224 from three kinds of source, beside neighbours that must stay.
func (s *show) exactEntries(ctx context.Context) error {
	s.say("(b) jo opens 24224 from prefix list %s, from 2001:db8::/32 and from group %s, and 443 beside it", s.prefixList, s.friend)
	seen, since := len(s.inbox.got), time.Now()
	sources := ec2types.IpPermission{
		PrefixListIds:    []ec2types.PrefixListId{{PrefixListId: &s.prefixList}},
		Ipv6Ranges:       []ec2types.Ipv6Range{{CidrIpv6: aws.String("2001:db8::/32")}},
		UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &s.friend}},
	}
	if _, err := s.authorize(ctx, s.web, nil, permission(24224, 24224, sources), permission(443, 443, sources)); err != nil {
		return err
	}
	n, err := s.outcome(ctx, "security-group/"+s.web, "remediated", seen)
	if err != nil {
		return err
	}
	s.took(since, n)
	now, err := s.entries(ctx, s.web)
	if err != nil {
		return err
	}
	return same(now,
		"tcp 24000-24223 0.0.0.0/0 (log shipping)", "tcp 24225-25000 0.0.0.0/0 (log shipping)",
		"tcp 443 "+s.prefixList+" ()", "tcp 443 2001:db8::/32 ()", "tcp 443 "+s.friend+" ()")
}

// unusedGroup opens the port on a group that no FireLens task uses: an aggregator may serve it.
func (s *show) unusedGroup(ctx context.Context) error {
	s.say("(c) jo opens 24000-25000 on %s, which no FireLens task uses", s.other)
	seen := len(s.inbox.got)
	if _, err := s.authorize(ctx, s.other, nil, permission(24000, 25000, cidr("0.0.0.0/0", "aggregator"))); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if len(s.inbox.got) > seen {
		return fmt.Errorf("a notice about %s was sent", s.inbox.got[seen].Resource)
	}
	now, err := s.entries(ctx, s.other)
	if err != nil {
		return err
	}
	s.say("-> untouched")
	return same(now, "tcp 24000-25000 0.0.0.0/0 (aggregator)")
}

// settle waits until the stack is idle and every notice is here.
func (s *show) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	if err := s.Cloud.Idle(ctx); err != nil {
		return fmt.Errorf("waiting for the queues to drain: %w", err)
	}
	return s.inbox.receive(ctx)
}

// twice delivers every event again and sweeps: nothing is left to do.
func (s *show) twice(ctx context.Context) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	since, seen := time.Now(), len(s.inbox.got)
	n, err := s.Cloud.Redeliver(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("there was nothing to deliver again")
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	s.say("all %d messages delivered again", n)
	if err := s.Cloud.Sweep(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	changes := s.Cloud.Mutations(since)
	s.say("a sweep of the account: %d changes, dead-letter queues and queues empty", len(changes))
	if len(changes) > 0 {
		return fmt.Errorf("changes after everything was mended: %s", strings.Join(changes, ", "))
	}
	for _, n := range s.inbox.got[seen:] {
		if !strings.HasPrefix(n.Resource, "account/") { // the emulator has no trail, and FireWarden says so
			return fmt.Errorf("a second notice about %s: %s", n.Resource, n.Status)
		}
	}
	return nil
}

// letters prints the notices as the subscriber got them.
func (s *show) letters() {
	fmt.Fprintf(s.Out, "\n(e) the notices, as an SQS subscriber got them (text form):\n")
	for _, n := range s.inbox.got {
		m := notify.Render(n)
		fmt.Fprintf(s.Out, "\n--- %s\n%s", m.Subject, m.Text)
	}
	for _, d := range s.inbox.digests {
		m := notify.RenderDigest(d)
		fmt.Fprintf(s.Out, "\n--- %s\n%s", m.Subject, m.Text)
	}
	fmt.Fprintln(s.Out)
}

// same asserts a group's entries, in any order.
func same(now []entry, want ...string) error {
	var got []string
	for _, e := range now {
		got = append(got, e.text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the entries are %q, want %q", got, want)
	}
	return nil
}

func entryText(r ec2types.SecurityGroupRule) string {
	return rules.Allowance(r) + " (" + aws.ToString(r.Description) + ")"
}
