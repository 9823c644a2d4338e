package source_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// FuzzTemplate holds the reader and the rules over whatever can be read of templates: no panic, every place on a line of the file,
// no finding twice, and nothing surely wrong that is not wrong in the widest reading too.
func FuzzTemplate(f *testing.F) {
	for _, file := range ways {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(probe + "!If [Maybe, a, b]\n"))
	f.Add([]byte(written))
	f.Add([]byte(entries(3)))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := source.ReadDocument("fuzz", data)
		if err != nil {
			return
		}
		last := 1 + bytes.Count(data, []byte("\n"))
		onALine := func(what string, at source.Position) {
			if at.Line < 1 || at.Line > last || at.Column < 1 || at.Column > len(data)+1 {
				t.Errorf("%s is at %v of %d lines", what, at, last)
			}
		}
		for _, p := range doc.Unread {
			onALine(p.Path, p.Position)
		}
		for _, r := range doc.Resources {
			seen := map[string]bool{}
			for _, f := range r.Evaluate(rules.All(), rules.Params{}) {
				onALine(f.Path, f.Position)
				if seen[f.Fingerprint()] || f.Message == "" {
					t.Errorf("%s %s stands twice, or says nothing", f.Rule, f.Path)
				}
				seen[f.Fingerprint()] = true
			}
			if d, ok := r.Resource.(rules.Definition); ok {
				obeysLaws(t, d)
			}
		}
	})
}
