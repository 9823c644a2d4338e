package ledger

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTheSizeOfWhatWasSeenIsThatOfItsNames: a part ends before its document is larger than DynamoDB takes.
func TestTheSizeOfWhatWasSeenIsThatOfItsNames(t *testing.T) {
	var s Seen
	for range 100 {
		s.Places = append(s.Places, strings.Repeat("p", 60))
		s.Waiting = append(s.Waiting, Waiting{strings.Repeat("k", 60), Place{By: "schedule", Name: strings.Repeat("n", 50), Runs: []Run{
			{Revision: strings.Repeat("f", 40), Groups: []string{"sg-0123456789abcdef0", "sg-0123456789abcdef1"}},
		}}})
	}
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Size(); n < len(raw)*9/10 || n > len(raw)*11/10 {
		t.Errorf("size %d, and %d bytes of JSON", n, len(raw))
	}
}
