package ledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// RoleSim is what is remembered of IAM's answers about one role, for all definitions that name it.
type RoleSim struct {
	// Role is its ARN.
	Role string `json:"role"`
	// Asked is when IAM was last asked, whatever came of it.
	Asked time.Time `json:"asked"`
	// Gone says that there was no such role; Why why there was no answer.
	Gone bool   `json:"gone,omitempty"`
	Why  string `json:"why,omitempty"`
	// Answers are those of the last simulation, and questions that wait for the next one.
	Answers []RoleAnswer `json:"answers"`
}

// RoleAnswer is a question and the answer, nil until it was asked.
type RoleAnswer struct {
	rules.Question
	Decision *rules.Decision `json:"decision,omitempty"`
}

const (
	// roleSimsKept is how long the answers about a role that no definition names any more are kept.
	roleSimsKept = 60 * 24 * time.Hour
	// questionsKept is the most questions about one role; the oldest are left out.
	questionsKept = 400
)

// ChangeRoleSim applies change to what is remembered of a role until no one else writes in between, and returns it as it is then; a
// change that returns false writes nothing.
func (l Ledger) ChangeRoleSim(ctx context.Context, role string, change func(*RoleSim) bool) (RoleSim, error) {
	for {
		s := RoleSim{Role: role}
		version, err := l.get(ctx, Key{"role", role}, &s)
		if err != nil || !change(&s) {
			return s, err
		}
		err = l.put(ctx, Write{Key: Key{"role", role}, Expect: version, Expires: s.Asked.Add(roleSimsKept)}, s)
		if !errors.Is(err, ErrConflict) {
			return s, err
		}
	}
}

// Want adds questions for the next simulation and says whether any was new.
func (s *RoleSim) Want(questions []rules.Question) bool {
	known := len(s.Answers)
	for _, q := range questions {
		if !slices.ContainsFunc(s.Answers, func(a RoleAnswer) bool { return a.Question == q }) {
			s.Answers = append(s.Answers, RoleAnswer{Question: q})
		}
	}
	added := len(s.Answers) > known
	if over := len(s.Answers) - questionsKept; over > 0 {
		s.Answers = s.Answers[over:]
	}
	return added
}

// Questions are all that were ever asked about the role, or wait to be.
func (s *RoleSim) Questions() []rules.Question {
	all := make([]rules.Question, len(s.Answers))
	for i, a := range s.Answers {
		all[i] = a.Question
	}
	return all
}

// Learn takes the answers of a simulation in place of the earlier ones.
func (s *RoleSim) Learn(decisions map[rules.Question]rules.Decision) {
	s.Gone, s.Why = false, ""
	for i := range s.Answers {
		s.Answers[i].Decision = nil
		if d, ok := decisions[s.Answers[i].Question]; ok {
			s.Answers[i].Decision = &d
		}
	}
}

// Known are the answers as the rules take them.
func (s *RoleSim) Known() rules.RoleAnswers {
	known := rules.RoleAnswers{Gone: s.Gone, Why: s.Why, Decisions: map[rules.Question]rules.Decision{}}
	for _, a := range s.Answers {
		if a.Decision != nil {
			known.Decisions[a.Question] = *a.Decision
		}
	}
	return known
}
