package ledger_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

const simulated = "arn:aws:iam::123456789012:role/shop"

func TestAnswersAboutARoleAreRemembered(t *testing.T) {
	l := ledger.Ledger{Store: &ledger.Memory{}}
	asked := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	put := rules.Question{Action: "s3:PutObject", Resource: "arn:aws:s3:::b/x"}
	get := rules.Question{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/x"}
	change := func(f func(*ledger.RoleSim) bool) ledger.RoleSim {
		s, err := l.ChangeRoleSim(t.Context(), simulated, f)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	change(func(s *ledger.RoleSim) bool {
		s.Asked = asked
		return s.Want([]rules.Question{put, get}) && !s.Want([]rules.Question{get})
	})
	change(func(s *ledger.RoleSim) bool {
		s.Gone = true
		s.Learn(map[rules.Question]rules.Decision{put: {Allowed: true, Missing: []string{"aws:SourceVpce"}}})
		return true
	})
	s := change(func(*ledger.RoleSim) bool { return false })
	want := rules.RoleAnswers{Decisions: map[rules.Question]rules.Decision{put: {Allowed: true, Missing: []string{"aws:SourceVpce"}}}}
	if diff := cmp.Diff(want, s.Known()); diff != "" || !s.Asked.Equal(asked) || len(s.Questions()) != 2 {
		t.Errorf("%+v\n%s", s, diff)
	}
}

func TestQuestionsAboutARoleAreBounded(t *testing.T) {
	var s ledger.RoleSim
	for i := range 1000 {
		s.Want([]rules.Question{{Action: "s3:PutObject", Resource: strconv.Itoa(i)}})
	}
	if all := s.Questions(); len(all) != 400 || all[399].Resource != "999" {
		t.Errorf("%d questions, the last %v", len(all), all[len(all)-1])
	}
}

func TestAChangeOfWhatIsKnownOfARoleIsRetried(t *testing.T) {
	l := ledger.Ledger{Store: &ledger.Memory{}}
	tries := 0
	s, err := l.ChangeRoleSim(t.Context(), simulated, func(s *ledger.RoleSim) bool {
		if tries++; tries == 1 { // someone else writes in between
			_, err := l.ChangeRoleSim(t.Context(), simulated, func(other *ledger.RoleSim) bool {
				return other.Want([]rules.Question{{Action: "a:A", Resource: "*"}})
			})
			if err != nil {
				t.Error(err)
			}
		}
		return s.Want([]rules.Question{{Action: "b:B", Resource: "*"}})
	})
	if err != nil || tries != 2 || len(s.Questions()) != 2 {
		t.Errorf("%d tries, %+v, %v", tries, s, err)
	}
}
