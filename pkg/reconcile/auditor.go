package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Auditor reads the state of what events and shards name, evaluates the rules and puts what it finds on the bus. It changes
// nothing but the ledger, where it resolves findings that are gone.
//
// CloudTrail's events of changes wake it, ECS's own events, the schedule's sweep message and a sweep's shards. docs/events.md says
// what each leads to and costs.
//
// IAM: what the adapters of its fields say; events:PutEvents on the bus.
type Auditor struct {
	Stack
	Tasks     TaskReader
	Groups    GroupReader
	Inventory Inventory
	Findings  Sink
	Sweeper   Sweeper
}

// Handle does each resource that the batch names once.
func (a Auditor) Handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	a.Inventory = &once{Inventory: a.Inventory}
	a.Tasks = &Remembered{TaskReader: a.Tasks}
	a.Groups = grouped{a.Groups, map[string]rules.Group{}}
	b := newBatch()
	var retry []events.SQSBatchItemFailure
	for _, m := range in.Records {
		ev, ok, err := a.parse(ctx, m)
		if ok {
			err = a.enter(ctx, b, ev, m.MessageId)
		}
		if err != nil {
			a.Log.ErrorContext(ctx, "left for another delivery", "message_id", m.MessageId, "error", err.Error())
			retry = append(retry, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	retry = append(retry, a.follow(ctx, b)...)
	answer := b.run(ctx, a.Stack, a.target)
	answer.BatchItemFailures = distinct(append(answer.BatchItemFailures, retry...))
	return answer, nil
}

// distinct leaves out messages that are named already.
func distinct(failures []events.SQSBatchItemFailure) []events.SQSBatchItemFailure {
	var all []events.SQSBatchItemFailure
	for _, f := range failures {
		if !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// enter adds what an event names to the batch.
func (a Auditor) enter(ctx context.Context, b *batch, ev trigger.Event, message string) error {
	switch ev.Kind {
	case trigger.Sweep:
		b.add(target{trigger.Sweep, ev.ID}, ev, message)
	case trigger.Shard:
		b.add(target{trigger.Shard, ev.SweepID + "/" + ev.Part.ID()}, ev, message)
	default:
		b.name(ev, message)
		for _, name := range ev.GroupNames {
			id, err := a.Groups.GroupID(ctx, name)
			if ec2sg.IsNotFound(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("finding the group named in event %s: %w", ev.ID, err)
			}
			b.add(target{trigger.Group, id}, ev, message)
		}
	}
	return nil
}

func (a Auditor) target(ctx context.Context, t target, evs []trigger.Event) error {
	switch ev := evs[len(evs)-1]; t.kind {
	case trigger.Sweep:
		return a.Sweeper.Begin(ctx, ev)
	case trigger.Shard:
		return a.shard(ctx, ev)
	case trigger.Definition:
		ev.Origin = cause(string(rules.KindDefinition), evs)
		return a.definition(ctx, t.name, ev)
	default:
		return a.group(ctx, t.name, broadest(evs), cause(string(rules.KindGroup), evs))
	}
}

func (a Auditor) definition(ctx context.Context, family string, ev trigger.Event) error {
	d, err := a.Tasks.Describe(ctx, family)
	if err != nil && !ecstask.IsNotFound(err) {
		return err
	}
	if err != nil {
		d.Task.Family = &family
		return a.say(ctx, d, ev)
	}
	if err := a.keepOwner(ctx, d, ev.Origin); err != nil {
		return err
	}
	if err := a.complete(ctx, &d); err != nil {
		return err
	}
	return a.say(ctx, d, ev)
}

func (a Auditor) group(ctx context.Context, id string, ev trigger.Event, by trigger.Origin) error {
	read := a.readIndexed
	if !slices.Contains(ingressEvents, ev.Origin.EventName) {
		read = a.readPlaced
	}
	g, err := read(ctx, id, ev)
	switch {
	case errors.Is(err, errTooLarge):
		a.Log.WarnContext(ctx, "left a group to the next sweep", "resource", g.Ref(), "reason", errTooLarge.reason, "event_id", ev.ID)
		return nil
	case err != nil && !ec2sg.IsNotFound(err):
		return err
	}
	ev.Origin = by
	return a.say(ctx, g, ev)
}

// say puts a resource's findings on the bus, what is exempt as suppressed, and resolves in the ledger what is not found any more.
func (a Auditor) say(ctx context.Context, r rules.Resource, ev trigger.Event) error {
	found, exempt, _ := a.evaluate(r)
	return a.sayOf(ctx, r.Ref(), verdicts{found, exempt}, ev)
}

// verdicts are a resource's findings, those that are exempt apart.
type verdicts struct {
	found  []rules.Finding
	exempt []exempted
}

// sayOf is say for what was evaluated already.
func (a Auditor) sayOf(ctx context.Context, ref string, v verdicts, ev trigger.Event) error {
	found, exempt := v.found, v.exempt
	a.countFindings(found)
	a.Log.InfoContext(ctx, "audited", "resource", ref, "findings", len(found), "suppressed", len(exempt), "event_id", ev.ID)
	if len(found) == 0 {
		known, err := a.Ledger.Resource(ctx, ref)
		switch {
		case err != nil:
			return err
		case len(exempt) == 0:
			return a.resolve(ctx, known, ev)
		case isSuppressed(known, exempt):
			return nil
		}
	}
	for i := range exempt {
		exempt[i].Status = rules.Suppressed
	}
	return a.send(ctx, all(found, exempt), ev)
}

// send puts findings on the bus.
func (a Auditor) send(ctx context.Context, found []rules.Finding, ev trigger.Event) error {
	var messages []string
	for _, f := range found {
		m, err := trigger.FindingMessage(f, ev.Origin, ev.SweepID)
		if err != nil {
			return fmt.Errorf("writing the finding of %s: %w", f.Resource, err)
		}
		messages = append(messages, m.Detail)
	}
	return a.Findings.Send(ctx, messages)
}

// resolve records that a resource has no findings any more. A pending remediation is the remediator's to finish, and a rollout to
// go on with; so is a document that someone else writes at the same time.
func (a Auditor) resolve(ctx context.Context, known ledger.Resource, ev trigger.Event) error {
	switch {
	case known.Rollout != nil && goesOn(ev), known.Pending != "" && ev.SweepID != "":
		return a.gone(ctx, known, ev)
	case known.Pending != "" || !known.Standing():
		return nil
	}
	known.Observe(nil, trigger.Origin{}, a.Now())
	if err := a.Ledger.PutResource(ctx, &known, nil); !errors.Is(err, ledger.ErrConflict) {
		return err
	}
	return nil
}

// gone tells the remediator, and whoever else listens, that what a rollout or a remediation that was not finished is about is not
// found any more.
func (a Auditor) gone(ctx context.Context, known ledger.Resource, ev trigger.Event) error {
	var found []rules.Finding
	for _, fp := range slices.Sorted(maps.Keys(known.Findings)) {
		f := known.Findings[fp]
		if known.Rollout != nil && f.Remediation == known.Rollout.Remediation || f.State != ledger.Resolved && !f.State.Mended() {
			f.Status = rules.Compliant
			found = append(found, f.Finding)
		}
	}
	return a.send(ctx, found, ev)
}

// goesOn says whether an event may mean that a rollout has come further: all but the start of tasks, which a busy service has many
// of; the end of its deployment follows.
func goesOn(ev trigger.Event) bool {
	return ev.SweepID != "" || ev.Origin.EventName != trigger.TaskStateChange
}
