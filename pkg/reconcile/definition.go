package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// definition corrects the latest active revision of a family: read, evaluate, plan one revision that holds all fixes, register,
// read again, compare, record.
func (r Remediator) definition(ctx context.Context, w *work, family string) error {
	d, err := r.Tasks.Describe(ctx, family)
	if err != nil && !ecstask.IsNotFound(err) {
		return err
	}
	found, u, err := r.judge(ctx, w, &d)
	if err != nil {
		return err
	}
	if done, err := r.takeUp(ctx, w, d, found, u); done || err != nil {
		return err
	}
	w.known.Observe(found, w.origin, r.Now())
	fixing := r.fixing(found)
	mend, rest := split(found, fixing)
	w.known.Settle(fingerprints(rest), ledger.Reported, "", nil, r.Now())
	mend, fixing = r.handsOff(w, mend, fixing)
	if len(mend) == 0 {
		return r.Ledger.PutResource(ctx, &w.known, &w.lease)
	}
	if w.known.Registered == deref(d.Task.TaskDefinitionArn) {
		return r.settle(ctx, w, mend, ledger.Blocked, "our own corrected revision still has this finding: a bug of FireWarden, please report it")
	}
	p := plan.Correct(d, fixing, r.Policy.Params())
	if err := r.correct(ctx, w, p, mend, u); err != nil {
		return r.isBlocked(ctx, w, mend, err)
	}
	return nil
}

// judge evaluates a definition. Where something would be fixed, or was begun, the services that name its ports and those that
// run it are read first: the former decide what may be fixed, the latter what remains to be done.
func (r Remediator) judge(ctx context.Context, w *work, d *rules.Definition) ([]rules.Finding, uses, error) {
	found := rules.Evaluate(r.active(), *d, r.Policy.Params())
	if len(r.fixing(found)) == 0 && w.known.Pending == "" {
		return found, nil, nil
	}
	s, err := r.Inventory.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("finding who uses %s: %w", d.Name(), err)
	}
	d.Bindings, d.Published = s.Bindings(deref(d.Task.Family)), s.Published(deref(d.Task.Family))
	return rules.Evaluate(r.active(), *d, r.Policy.Params()), s.Runs(deref(d.Task.Family)), nil
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
	if err := r.held(w); err != nil {
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
	w.known.Registered = deref(made.Task.TaskDefinitionArn)
	m.Notes = definitionNotes(v.plan, made)
	left := map[string]string{}
	if err := v.plan.Verify(made); err != nil {
		m.Notes = append(m.Notes, err.Error())
		r.Log.ErrorContext(ctx, "the registered revision differs from the plan", "resource", w.known.Ref, "error", err.Error())
	}
	made.Bindings, made.Published = v.plan.Current.Bindings, v.plan.Current.Published
	for _, f := range rules.Evaluate(r.active(), made, r.Policy.Params()) {
		left[f.Fingerprint()] = "still there in the corrected revision"
	}
	outcome := ledger.Remediated
	if running := stillRunning(v.uses, w.known.Registered); running != "" {
		outcome, m.Reason = ledger.Corrected, "not rolled out: "+running
	}
	r.ended(w, m, outcome, left)
	return r.finish(ctx, w, m, image{made.Task, made.Tags})
}

// stillRunning names who runs another revision of the family.
func stillRunning(u uses, registered string) string {
	var who []string
	for arn, names := range u {
		if arn != registered {
			who = append(who, names...)
		}
	}
	slices.Sort(who)
	if more := len(who) - namedMax; more > 0 {
		who = append(who[:namedMax], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(who, ", ")
}

// namedMax is how many users of a definition a notice names.
const namedMax = 5

func definitionNotes(p plan.Revision, made rules.Definition) []string {
	notes := []string{
		"registered " + made.Name() + " from " + p.Current.Name() + "; nothing that runs was moved, but callers that name the family without a revision get it at once",
	}
	if p.TagsDropped {
		notes = append(notes, "the definition has so many tags that FireWarden's own do not fit")
	}
	return notes
}

// takeUp finishes a remediation that a handler began and did not finish, where its revision was registered: the latest one is
// what the plan wanted. Where it was not, the remediation is planned again under the same id.
func (r Remediator) takeUp(ctx context.Context, w *work, d rules.Definition, found []rules.Finding, u uses) (bool, error) {
	if w.known.Pending == "" || len(r.fixing(found)) > 0 {
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
	before := rules.Definition{Task: was.Task, Tags: was.Tags, Bindings: d.Bindings}
	w.known.Observe(r.withPending(w, found), w.origin, r.Now())
	p := plan.Correct(before, r.fixing(rules.Evaluate(r.active(), before, r.Policy.Params())), r.Policy.Params())
	return true, r.corrected(ctx, w, &m, verified{plan: p, made: d, uses: u})
}
