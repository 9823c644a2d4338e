package reconcile

import (
	"context"
	"fmt"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// overtaken is the latest revision that somebody else registered between the one that a correction was made from and the
// correction, nil where there is none. ECS has no compare-and-swap: it counts revisions, so that a gap shows it afterwards.
func (r Remediator) overtaken(ctx context.Context, w *work, v verified) (*rules.Definition, error) {
	if v.plan.Verify(v.made) != nil { // the latest one is not ours
		return nil, nil //nolint:nilerr // a difference is an answer here, and told elsewhere
	}
	for n := v.made.Task.Revision - 1; n > v.plan.Current.Task.Revision; n-- {
		d, err := r.Tasks.Describe(ctx, fmt.Sprintf("%s:%d", deref(v.made.Task.Family), n))
		switch {
		case ecstask.IsNotFound(err):
			continue
		case err != nil:
			return nil, err
		}
		ours := deref(d.Task.TaskDefinitionArn) == w.known.Registered || v.plan.Verify(d) == nil
		if !ours && d.Task.Status == ecstypes.TaskDefinitionStatusActive {
			d.Bindings, d.Published = v.plan.Current.Bindings, v.plan.Current.Published
			return &d, nil
		}
	}
	return nil, nil
}

// again corrects what somebody else registered meanwhile, which our correction of an older revision has put out of sight; it is
// registered anew also where nothing in it has to be corrected.
func (r Remediator) again(ctx context.Context, w *work, m *ledger.Remediation, v verified, theirs rules.Definition) error {
	if err := ecstask.Unknown(theirs); err != nil {
		return blocked{"not lossless: " + err.Error()}
	}
	w.known.Registered = deref(v.made.Task.TaskDefinitionArn)
	if err := r.Ledger.PutResource(ctx, &w.known, &w.lease); err != nil {
		return err
	}
	p := r.plan(w, theirs)
	in := intent{rules: p.Rules, plan: p.String(), before: image{theirs.Task, theirs.Tags}}
	for _, fp := range m.Findings {
		in.mend = append(in.mend, w.known.Findings[fp].Finding)
	}
	m, err := r.record(ctx, w, in, m)
	if err != nil {
		return err
	}
	if err := r.pace(ctx); err != nil {
		return fmt.Errorf("waiting to register %s: %w", w.known.Ref, err)
	}
	if err := r.held(w); err != nil {
		return err
	}
	r.Log.InfoContext(ctx, "registering a corrected revision", "resource", w.known.Ref, "from", p.Current.Name())
	made, err := r.Tasks.Register(ctx, p.Desired)
	if err != nil {
		return err
	}
	return r.corrected(ctx, w, m, verified{plan: p, made: made, uses: v.uses})
}
