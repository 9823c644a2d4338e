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
	// Wanted is when a definition last asked, to a day.
	Wanted time.Time `json:"wanted,omitzero"`
}

const (
	// roleSimsKept is how long the answers about a role that no definition names any more are kept.
	roleSimsKept = 60 * 24 * time.Hour
	// mostQuestions is how many bytes the questions about one role may take: an item has at most 400 KiB (DynamoDB). That is about
	// 1,200 questions.
	mostQuestions = 300_000
	// wantedAnew is how old a wish is before it is written anew, unwanted when it no longer counts where there are too many. A sweep
	// looks at every definition, every six hours unless the stack says otherwise.
	wantedAnew = 24 * time.Hour
	unwanted   = 4 * 24 * time.Hour
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

// Want adds questions for the next simulation and says whether that changed anything. Where there are too many, those that nobody
// wanted for days make room; what is wanted stays, and new ones are left out, so that as many as can be are answered.
func (s *RoleSim) Want(questions []rules.Question, now time.Time) bool {
	changed, known := false, len(s.Answers)
	for _, q := range questions {
		switch i := slices.IndexFunc(s.Answers, func(a RoleAnswer) bool { return a.Question == q }); {
		case i < 0:
			s.Answers = append(s.Answers, RoleAnswer{Question: q, Wanted: now})
		case now.Sub(s.Answers[i].Wanted) >= wantedAnew:
			s.Answers[i].Wanted, changed = now, true
		}
	}
	if s.size() > mostQuestions {
		was := len(s.Answers)
		s.Answers = slices.DeleteFunc(s.Answers, func(a RoleAnswer) bool { return now.Sub(a.Wanted) >= unwanted })
		known -= was - len(s.Answers)
		changed = changed || was > len(s.Answers)
	}
	for s.size() > mostQuestions {
		s.Answers = s.Answers[:len(s.Answers)-1]
	}
	return changed || len(s.Answers) > known
}

// size is about how many bytes the answers take.
func (s *RoleSim) size() int {
	const each = 150 // names of fields, the time, the decision with a condition key
	n := 0
	for _, a := range s.Answers {
		n += each + len(a.Action) + len(a.Resource)
	}
	return n
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
