package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Remediator mends what findings name, as the policy lets it, and tells what came of it.
//
// Finding events wake it. It takes the resource's lease, reads the resource and its users again, evaluates again, and does
// nothing where nothing is left: a finding event is a hint. It declines, and says so once, where the policy only reports, where a
// brake holds, where the group is another account's, and where a definition cannot be carried over without loss.
//
// IAM: what the adapters of its fields say; ec2:AuthorizeSecurityGroupIngress, ModifySecurityGroupRules,
// RevokeSecurityGroupIngress, CreateTags; ecs:RegisterTaskDefinition, TagResource; iam:PassRole; where the policy asks for it,
// ecs:UpdateService and DeregisterTaskDefinition.
type Remediator struct {
	Stack
	Tasks     TaskStore
	Groups    GroupStore
	Services  ServiceStore
	Inventory Inventory
	Onlooker  Onlooker
	// Owner names this process in leases.
	Owner string
	// Self is the session name of our own role, which Lambda makes the function's name: our own changes wake audits too, and are
	// nobody's doing. Empty knows none.
	Self string
}

const (
	// leaseTime is longer than a function may run, so that a lease outlives its holder only by its death.
	leaseTime = 90 * time.Second
	// leaseTries and leasePause bound the wait for a lease that another handler holds.
	leaseTries = 20
	leasePause = 500 * time.Millisecond
)

// work is what is known while one resource's lease is held.
type work struct {
	known  ledger.Resource
	lease  ledger.Lease
	origin trigger.Origin
	// goesOn says that a rollout may have come further.
	goesOn bool
	// tags are the resource's own; notes are for the notices of this run.
	tags  map[string]string
	notes []string
}

// Handle does each resource that the batch names once.
func (r Remediator) Handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	r.Inventory = &once{Inventory: r.Inventory}
	b := newBatch()
	var retry []events.SQSBatchItemFailure
	for _, m := range in.Records {
		ev, ok, err := r.parse(ctx, m)
		if err != nil {
			r.Log.ErrorContext(ctx, "left for another delivery", "message_id", m.MessageId, "error", err.Error())
			retry = append(retry, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
		if ok && ev.Kind == trigger.Finding {
			b.add(target{trigger.Finding, ev.Finding.Resource}, ev, m.MessageId)
		}
	}
	answer := b.run(ctx, r.Stack, r.resource)
	answer.BatchItemFailures = append(answer.BatchItemFailures, retry...)
	return answer, nil
}

// resource remediates one resource under its lease.
func (r Remediator) resource(ctx context.Context, t target, evs []trigger.Event) error {
	lease, err := r.acquire(ctx, t.name)
	if err != nil {
		return err
	}
	defer r.release(ctx, lease)
	known, err := r.Ledger.Resource(ctx, t.name)
	if err != nil {
		return err
	}
	w := &work{known: known, lease: lease, origin: r.origin(t.name, evs), goesOn: slices.ContainsFunc(evs, goesOn)}
	if err := r.kind(ctx, w, t.name); err != nil {
		return err
	}
	return r.tell(ctx, w)
}

func (r Remediator) kind(ctx context.Context, w *work, ref string) error {
	kind, name, _ := strings.Cut(ref, "/")
	switch rules.Kind(kind) {
	case rules.KindGroup:
		return r.group(ctx, w, name)
	case rules.KindDefinition:
		return r.definition(ctx, w, name)
	}
	r.Log.WarnContext(ctx, "ignored a finding about an unknown kind of resource", "resource", ref)
	return nil
}

// origin is the cause among the events that are not our own doing; nobody's where all are.
func (r Remediator) origin(ref string, evs []trigger.Event) trigger.Origin {
	others := slices.DeleteFunc(slices.Clone(evs), func(ev trigger.Event) bool {
		return r.Self != "" && strings.HasSuffix(ev.Origin.Principal, "/"+r.Self)
	})
	return cause(ref, others)
}

// cause is the origin of what most likely made a resource what it is, among events that came together: the call that makes such a
// resource, else any call of somebody's, else what is no mere start of a task; the last one of its kind.
func cause(ref string, evs []trigger.Event) trigger.Origin {
	kind, _, _ := strings.Cut(ref, "/")
	evs = slices.SortedStableFunc(slices.Values(evs), func(a, b trigger.Event) int { return b.Origin.Time.Compare(a.Origin.Time) })
	for _, likely := range []func(trigger.Origin) bool{
		func(o trigger.Origin) bool { return slices.Contains(makes[rules.Kind(kind)], o.EventName) },
		func(o trigger.Origin) bool { return o.Principal != "" && o.Principal != "ecs.amazonaws.com" },
		func(o trigger.Origin) bool { return o.EventName != trigger.TaskStateChange },
		func(trigger.Origin) bool { return true },
	} {
		if i := slices.IndexFunc(evs, func(ev trigger.Event) bool { return likely(ev.Origin) }); i >= 0 {
			return evs[i].Origin
		}
	}
	return trigger.Origin{}
}

// acquire takes the lease of a resource, waiting a while for another handler to give it back.
func (r Remediator) acquire(ctx context.Context, ref string) (ledger.Lease, error) {
	for range leaseTries {
		lease, err := r.Ledger.Acquire(ctx, ref, r.Owner, r.Now(), leaseTime)
		if !errors.Is(err, ledger.ErrHeld) {
			return lease, err
		}
		if err := r.Wait(ctx, leasePause); err != nil {
			return ledger.Lease{}, err
		}
	}
	return ledger.Lease{}, fmt.Errorf("waiting for the lease of %s: %w", ref, ledger.ErrHeld)
}

// release gives a lease back, also where the context has ended.
func (r Remediator) release(ctx context.Context, lease ledger.Lease) {
	if err := r.Ledger.Release(context.WithoutCancel(ctx), lease); err != nil {
		r.Log.WarnContext(ctx, "leaving a lease to expire", "resource", lease.Resource, "error", err.Error())
	}
}

// held returns an error when the lease is about to end: no change may be made any more.
func (r Remediator) held(w *work) error {
	if r.Now().Add(leaseMargin).After(w.lease.Expires) {
		return fmt.Errorf("working on %s: the lease is about to end", w.known.Ref)
	}
	return nil
}

// leaseMargin is longer than one call to AWS may take.
const leaseMargin = 10 * time.Second

// settle records an evaluation's findings that nothing is done about: reported where the policy says so, blocked where there
// is a reason.
func (r Remediator) settle(ctx context.Context, w *work, found []rules.Finding, state ledger.Status, reason string) error {
	w.known.Settle(fingerprints(found), state, reason, nil, r.Now())
	return r.Ledger.PutResource(ctx, &w.known, &w.lease)
}

func fingerprints(found []rules.Finding) []string {
	fps := make([]string, len(found))
	for i, f := range found {
		fps[i] = f.Fingerprint()
	}
	return fps
}

// split parts findings into those that the rules will mend and the rest.
func split(found []rules.Finding, fixing []rules.Rule) (mend, rest []rules.Finding) {
	with := map[string]bool{}
	for _, r := range fixing {
		with[r.ID] = true
	}
	for _, f := range found {
		if f.Fixable && f.Status == rules.Noncompliant && with[f.Rule] {
			mend = append(mend, f)
		} else {
			rest = append(rest, f)
		}
	}
	return mend, rest
}
