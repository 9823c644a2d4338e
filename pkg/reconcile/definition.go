package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/owner"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// definition corrects the latest active revision of a family: read, evaluate, plan one revision that holds all fixes, register,
// read again, compare, record.
func (r Remediator) definition(ctx context.Context, w *work, family string) error {
	d, err := r.Tasks.Describe(ctx, family)
	if err != nil && !ecstask.IsNotFound(err) {
		return err
	}
	v, err := r.judge(ctx, w, &d)
	if err != nil {
		return err
	}
	if done, err := r.takeUp(ctx, w, d, v); done || err != nil {
		return err
	}
	r.propose(w, d, v.found)
	w.known.Observe(all(v.found, v.exempt), w.origin, r.Now())
	r.suppress(w, v.exempt)
	mend, rest := split(v.found, v.fixing)
	w.known.Settle(fingerprints(rest), ledger.Reported, "", nil, r.Now())
	if len(v.fixing) == 0 && w.known.Rollout != nil && w.goesOn {
		return r.follow(ctx, w, d)
	}
	mend, fixing := r.handsOff(w, mend, v.fixing)
	if len(mend) == 0 {
		return r.Ledger.PutResource(ctx, &w.known, &w.lease)
	}
	if state, why := r.declines(w, d, mend, v); why != "" {
		return r.settle(ctx, w, mend, state, why)
	}
	p := plan.Correct(d, fixing, r.params())
	mend = append(mend, gone(rest, rules.Evaluate(r.active(), p.Desired, r.params()))...)
	if err := r.correct(ctx, w, p, mend, v.uses); err != nil {
		return r.isBlocked(ctx, w, mend, err)
	}
	return nil
}

// declines says why a definition is not corrected although the policy asks for it; "" where it is.
func (r Remediator) declines(w *work, d rules.Definition, mend []rules.Finding, v verdict) (ledger.Status, string) {
	ours := w.known.Registered == deref(d.Task.TaskDefinitionArn)
	if ours && slices.ContainsFunc(mend, func(f rules.Finding) bool { return slices.Contains(w.known.RegisteredRules, f.Rule) }) {
		return ledger.Blocked, "our own corrected revision still has this finding: a bug of FireWarden, please report it"
	}
	if own := r.ownerOf(w, d); own.Decides && r.Policy.Owned != rules.Remediate {
		return ledger.Reported, "its source is kept by " + own.String() + ", which would put this back: change it there"
	}
	return ledger.Blocked, v.unsure
}

// gone are the findings that are not in the desired state any more: what one fix mends may be what another rule found.
func gone(found, left []rules.Finding) []rules.Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f rules.Finding) bool {
		return f.Status != rules.Noncompliant || slices.Contains(fingerprints(left), f.Fingerprint())
	})
}

// verdict is an evaluation of a definition, with the rules that are to mend it and who runs it.
type verdict struct {
	found  []rules.Finding
	exempt []exempted
	fixing []rules.Rule
	uses   uses
	// unsure is why nobody can tell who uses the definition; "" where that is told.
	unsure string
}

// judge evaluates a definition. Where something would be fixed, was begun, or is to be told with the change that would mend it, the
// services that name its ports and those that run it are read first: the former decide what may be fixed, the latter what remains
// to be done.
func (r Remediator) judge(ctx context.Context, w *work, d *rules.Definition) (v verdict, err error) {
	if d.Task.TaskDefinitionArn != nil {
		if err := r.complete(ctx, d); err != nil {
			return v, err
		}
	}
	w.tags = policy.TagsOf(*d)
	v.found, v.exempt, w.notes = r.evaluate(*d)
	if v.fixing = r.fixing(v.found, v.exempt, w.tags); len(v.fixing) == 0 && w.known.Pending == "" && !untold(w, v.found) {
		return v, nil
	}
	s, err := r.runners(ctx, w.known.Ref)
	if errors.Is(err, errTooLarge) && w.known.Pending == "" {
		v.unsure = errTooLarge.reason
		return v, nil
	}
	if err != nil {
		return v, err
	}
	d.Bindings, d.Published = s.Bindings(deref(d.Task.Family)), s.Published(deref(d.Task.Family))
	v.found, v.exempt, w.notes = r.evaluate(*d)
	v.fixing, v.uses = r.fixing(v.found, v.exempt, w.tags), s.Runs(deref(d.Task.Family))
	return v, nil
}

// uses tells who runs a revision of a family: definition ARN to service or task names.
type uses = map[string][]string

// correct registers the planned revision and verifies it.
func (r Remediator) correct(ctx context.Context, w *work, p plan.Revision, mend []rules.Finding, u uses) error {
	if err := ecstask.Unknown(p.Current); err != nil {
		return blocked{"not lossless: " + err.Error()}
	}
	m, err := r.begin(ctx, w, intent{mend: mend, rules: p.Rules, plan: p.String(), before: image{p.Current.Task, p.Current.Tags}, anew: true})
	if err != nil {
		return err
	}
	if err := r.turn(ctx, w, p); err != nil {
		return err
	}
	log := r.Log.With("resource", w.known.Ref, "from", p.Current.Name(), "rules", strings.Join(p.Rules, " "))
	log.InfoContext(ctx, "registering a corrected revision")
	made, err := r.Tasks.Register(ctx, p.Desired)
	if err != nil {
		if _, final := reasonOf(err); final {
			return errors.Join(err, r.abandon(ctx, w, m))
		}
		return err
	}
	log.InfoContext(ctx, "registered a corrected revision", "revision", made.Name())
	return r.corrected(ctx, w, m, verified{plan: p, made: made, uses: u})
}

// registrations is the pace of registering and deregistering: ECS refills one call a second for the whole account, and deployments
// need them too (developer guide, "Request throttling for the Amazon ECS API").
const paceOfRegistering = "register"

var registrations = ledger.Pace{Every: 2 * time.Second, Most: 30 * time.Second}

// pace waits for the account's turn to register or deregister.
func (r Remediator) pace(ctx context.Context) error {
	wait, err := r.Ledger.Turn(ctx, paceOfRegistering, registrations, r.Now())
	if err != nil || wait == 0 {
		return err
	}
	return r.Wait(ctx, wait)
}

// turn waits for the account's turn to register, and makes sure that what is to be corrected is still the latest revision.
func (r Remediator) turn(ctx context.Context, w *work, p plan.Revision) error {
	began := r.Now()
	if err := r.pace(ctx); err != nil {
		return fmt.Errorf("waiting to register %s: %w", w.known.Ref, err)
	}
	if r.Now().Sub(began) >= time.Second {
		d, err := r.Tasks.Describe(ctx, deref(p.Current.Task.Family))
		if err != nil {
			return err
		}
		if d.Name() != p.Current.Name() {
			return fmt.Errorf("correcting %s: %s was registered meanwhile", p.Current.Name(), d.Name())
		}
	}
	return r.held(w)
}

// abandon closes a remediation that changed nothing.
func (r Remediator) abandon(ctx context.Context, w *work, m *ledger.Remediation) error {
	m.Outcome = ledger.Blocked
	return r.finish(ctx, w, m, nil)
}

// image is a definition as the ledger keeps it.
type image struct {
	Task ecstypes.TaskDefinition
	Tags []ecstypes.Tag
}

// verified is a registered revision with the plan that it comes of.
type verified struct {
	plan plan.Revision
	made rules.Definition
	uses uses
}

// corrected compares what was registered with what was planned, and records the outcome.
func (r Remediator) corrected(ctx context.Context, w *work, m *ledger.Remediation, v verified) error {
	made, err := r.Tasks.Describe(ctx, deref(v.made.Task.TaskDefinitionArn))
	if err != nil {
		return fmt.Errorf("verifying %s: %w", v.made.Name(), err)
	}
	theirs, err := r.overtaken(ctx, w, v)
	if err != nil {
		return err
	}
	if theirs != nil {
		return r.again(ctx, w, m, v, *theirs)
	}
	w.known.Registered, w.known.RegisteredRules = deref(made.Task.TaskDefinitionArn), v.plan.Rules
	m.Notes = definitionNotes(v.plan, made)
	left := map[string]string{}
	if err := v.plan.Verify(made); err != nil {
		m.Notes = append(m.Notes, err.Error())
		r.Log.ErrorContext(ctx, "the registered revision differs from the plan", "resource", w.known.Ref, "error", err.Error())
	}
	made.Bindings, made.Published = v.plan.Current.Bindings, v.plan.Current.Published
	for _, f := range rules.Evaluate(r.active(), made, r.params()) {
		left[f.Fingerprint()] = "still there in the corrected revision"
	}
	o := rolling{&plan.Rollout{Remediation: m.ID, From: deref(v.plan.Current.Task.TaskDefinitionArn), To: w.known.Registered}, m, made, map[string]bool{}}
	if o.Moves, err = r.moves(ctx, o, v.uses); err != nil {
		return err
	}
	w.known.Rollout = o.Rollout
	r.ended(w, m, ledger.Corrected, left)
	if err := r.finish(ctx, w, m, image{made.Task, made.Tags}); err != nil {
		return err
	}
	return r.rollOut(ctx, w, o)
}

func definitionNotes(p plan.Revision, made rules.Definition) []string {
	notes := []string{
		"registered " + made.Name() + " from " + p.Current.Name() + "; callers that name the family without a revision get it at once",
	}
	if p.TagsDropped {
		notes = append(notes, "the definition has so many tags that FireWarden's own do not fit")
	}
	return notes
}

// takeUp finishes a remediation that a handler began and did not finish, where its revision was registered: the latest one is
// what the plan wanted. Where it was not, the remediation is planned again under the same id.
func (r Remediator) takeUp(ctx context.Context, w *work, d rules.Definition, now verdict) (bool, error) {
	if w.known.Pending == "" || len(now.fixing) > 0 {
		return false, nil
	}
	m, err := r.Ledger.Remediation(ctx, w.known.Pending)
	if err != nil {
		return true, err
	}
	if m.Resource == "" { // died before the record was written: nothing was registered
		w.known.Pending = ""
		return false, nil
	}
	var was image
	if err := json.Unmarshal(m.Before, &was); err != nil {
		return true, fmt.Errorf("reading the before-image of remediation %s: %w", m.ID, err)
	}
	p := r.plan(w, rules.Definition{Task: was.Task, Tags: was.Tags, Bindings: d.Bindings, Published: d.Published})
	if d.Task.TaskDefinitionArn == nil || p.Verify(d) != nil { // somebody else mended it, or took it away
		m.Outcome, m.Reason = ledger.Resolved, "somebody else was first"
		return false, r.finish(ctx, w, &m, nil)
	}
	w.known.Observe(r.withPending(w, all(now.found, now.exempt)), w.origin, r.Now())
	return true, r.corrected(ctx, w, &m, verified{plan: p, made: d, uses: now.uses})
}

// plan is the correction of a definition: none where its source is kept elsewhere, and none of a rule that is held or contested.
func (r Remediator) plan(w *work, d rules.Definition) plan.Revision {
	found, exempt, _ := r.evaluate(d)
	fixing := slices.DeleteFunc(r.fixing(found, exempt, w.tags), func(rule rules.Rule) bool { return w.handsOff(rule.ID, r.Now()) })
	if own, _ := owner.OfDefinition(d, trigger.Origin{}); own.Decides && r.Policy.Owned != rules.Remediate {
		fixing = nil
	}
	return plan.Correct(d, fixing, r.params())
}
