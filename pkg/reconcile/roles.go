package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// RoleSimulator asks IAM what a role allows.
type RoleSimulator interface {
	Simulate(ctx context.Context, role string, questions []rules.Question) (map[rules.Question]rules.Decision, error)
}

// Roles is the Enricher that fills in what the roles of a definition allow: from the ledger, where IAM was asked within the hour,
// else from one simulation (of 400 questions a part) that asks all that was ever asked of the role. A definition that comes with new
// questions within the hour leaves them in the ledger; until then they are unknown.
//
// What IAM does not answer is unknown and no error: it decides about no remediation.
type Roles struct {
	Simulator RoleSimulator
	Ledger    ledger.Ledger
	Log       *slog.Logger
	Now       func() time.Time

	said sync.Once
}

// asksEvery is how often IAM is asked about one role. Its limits are shared with people and pipelines, and low
// (cloud-custodian/cloud-custodian#7641).
const asksEvery = time.Hour

// Enrich fills in Roles of a definition with questions. Errors are of the ledger, or of the context.
func (r *Roles) Enrich(ctx context.Context, d *rules.Definition) error {
	task, err := r.answers(ctx, d.TaskRole(), d.TaskQuestions())
	if err != nil {
		return err
	}
	execution, err := r.answers(ctx, d.ExecutionRole(), d.ExecutionQuestions())
	if err != nil {
		return err
	}
	d.Roles = &rules.RolePermissions{Task: task, Execution: execution}
	return nil
}

// answers reserves the hour's simulation where it is due, so that no one else makes it too, or leaves new questions for the next.
func (r *Roles) answers(ctx context.Context, role string, questions []rules.Question) (rules.RoleAnswers, error) {
	if len(questions) == 0 {
		return rules.RoleAnswers{}, nil
	}
	due := false
	known, err := r.Ledger.ChangeRoleSim(ctx, role, func(s *ledger.RoleSim) bool {
		added := s.Want(questions, r.Now())
		if due = r.Now().Sub(s.Asked) >= asksEvery; due {
			s.Asked = r.Now()
		}
		return due || added
	})
	if err == nil && due {
		known, err = r.ask(ctx, known)
	}
	if err != nil {
		return rules.RoleAnswers{}, fmt.Errorf("finding out what role %s allows: %w", role, err)
	}
	return known.Known(), nil
}

// ask makes the simulation and records what came of it.
func (r *Roles) ask(ctx context.Context, known ledger.RoleSim) (ledger.RoleSim, error) {
	decisions, err := r.Simulator.Simulate(ctx, known.Role, known.Questions())
	if ctx.Err() != nil {
		return known, ctx.Err()
	}
	why := r.unanswered(ctx, known.Role, err)
	return r.Ledger.ChangeRoleSim(ctx, known.Role, func(s *ledger.RoleSim) bool {
		s.Learn(decisions)
		s.Gone, s.Why = iamrole.IsGone(err), why
		return true
	})
}

// unasked is why IAM does not answer: by errors that say something of the role, or of the permission to ask. Any other says that IAM
// does not simulate now, as an emulator never does (moto 5.2.5 answers 500, with a page for people).
type unasked struct {
	is    func(error) bool
	why   string
	again string // what a stack does about it
}

var (
	unaskeds = []unasked{
		{is: iamrole.IsDenied, why: "FireWarden may not ask IAM what the role allows (iam:SimulatePrincipalPolicy)"},
		{is: iamrole.IsRefused, why: "IAM does not simulate this role"},
		{is: iamrole.IsThrottled, why: "IAM has too much to do to say what the role allows", again: "; it is asked again in an hour"},
		{is: func(err error) bool { return errors.Is(err, ErrNotAsked) }, why: ErrNotAsked.Error()},
	}
	unavailable = unasked{why: "IAM did not say what the role allows: simulation is not available"}
)

// whyNot says why there is no answer; its why is "" where there is no error.
func whyNot(err error) unasked {
	if err == nil {
		return unasked{}
	}
	for _, u := range unaskeds {
		if u.is(err) {
			return u
		}
	}
	return unavailable
}

// unanswered says why there is no answer, "" where there is one or the role is gone.
func (r *Roles) unanswered(ctx context.Context, role string, err error) string {
	if err == nil || iamrole.IsGone(err) {
		return ""
	}
	u := whyNot(err)
	if u.is == nil {
		r.said.Do(func() {
			r.Log.WarnContext(ctx, "simulation of roles is not available: what they allow is unknown", "role", role, "error", err.Error())
		})
		return u.why
	}
	r.Log.WarnContext(ctx, "could not ask what a role allows", "role", role, "error", err.Error())
	return u.why + u.again
}
