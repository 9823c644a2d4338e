package ledger_test

import (
	"encoding/json"
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
		return s.Want([]rules.Question{put, get}, asked) && !s.Want([]rules.Question{get}, asked)
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
	day := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	wants := func(from, until int) (changes int) {
		for i := from; i < until; i++ {
			if s.Want([]rules.Question{{Action: "s3:PutObject", Resource: "arn:aws:s3:::shop/" + strconv.Itoa(i)}}, day) {
				changes++
			}
		}
		return changes
	}
	kept := wants(0, 3000)
	all := s.Questions()
	if len(all) != kept || kept < 1200 || kept > 2000 || all[0].Resource != "arn:aws:s3:::shop/0" {
		t.Errorf("%d questions of %d changes, the first %v", len(all), kept, all[0])
	}
	if n := wants(0, 3000); n != 0 {
		t.Errorf("%d changes where nothing is new and nothing fits", n)
	}
	day = day.Add(72 * time.Hour)
	if n := wants(0, kept/2); n != kept/2 {
		t.Errorf("%d of %d are wanted anew", n, kept/2)
	}
	day = day.Add(48 * time.Hour)
	wants(2900, 3000)
	if got := s.Questions(); len(got) != kept/2+100 || got[len(got)-1].Resource != "arn:aws:s3:::shop/2999" {
		t.Errorf("%d questions, the last %v: want those of the last days, and new ones", len(got), got[len(got)-1])
	}
	text, err := json.Marshal(s)
	if err != nil || len(text) > 400<<10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestAChangeOfWhatIsKnownOfARoleIsRetried(t *testing.T) {
	l := ledger.Ledger{Store: &ledger.Memory{}}
	tries := 0
	s, err := l.ChangeRoleSim(t.Context(), simulated, func(s *ledger.RoleSim) bool {
		if tries++; tries == 1 { // someone else writes in between
			_, err := l.ChangeRoleSim(t.Context(), simulated, func(other *ledger.RoleSim) bool {
				return other.Want([]rules.Question{{Action: "a:A", Resource: "*"}}, time.Now())
			})
			if err != nil {
				t.Error(err)
			}
		}
		return s.Want([]rules.Question{{Action: "b:B", Resource: "*"}}, time.Now())
	})
	if err != nil || tries != 2 || len(s.Questions()) != 2 {
		t.Errorf("%d tries, %+v, %v", tries, s, err)
	}
}
