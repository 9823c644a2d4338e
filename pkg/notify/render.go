package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Message is a notice as SNS takes it.
type Message struct {
	// Subject is at most 100 printable ASCII characters (SNS's limit).
	Subject string
	// Text is for people.
	Text string
	// JSON is the notice for machines.
	JSON string
	// Attributes are for filter policies: status, severity, rule (a JSON list), account, region.
	Attributes map[string]string
}

const (
	subjectMax = 100
	// textMax and jsonMax stay below SNS's 256 KiB a message together, quoted as they are in its JSON (twice their size at most).
	textMax      = 40 << 10
	jsonMax      = 80 << 10
	diffMax      = 30 << 10
	findingsMax  = 100
	findingsKept = 10
	linesMax     = 200
	lineMax      = 500
)

// Render makes the message of a notice. It never fails and its size is bounded however much there is to say.
func Render(n Notice) Message {
	n = bounded(n)
	ids := n.ids()
	attributes := map[string]string{
		"status": n.Status, "severity": string(n.worst()), "account": n.Account, "region": n.Region,
	}
	if len(ids) > 0 {
		attributes["rule"] = `["` + strings.Join(ids, `","`) + `"]`
	}
	return Message{Subject: subject(n), Text: clip(text(n), textMax), JSON: machine(n), Attributes: attributes}
}

// machine is the notice as JSON of at most jsonMax bytes: evidence, the diff and all but a few findings are left out, in this
// order, where it would be longer.
func machine(n Notice) string {
	shorten := []func(){
		func() {},
		func() {
			for i := range n.Findings {
				n.Findings[i].Evidence = nil
			}
		},
		func() { n.Diff = "" },
		func() { n.Findings = n.Findings[:min(len(n.Findings), findingsKept)] },
		func() { n.Changed, n.Notes = nil, nil },
	}
	for _, cut := range shorten {
		cut()
		if body, err := json.Marshal(n); err == nil && len(body) <= jsonMax {
			return string(body)
		}
	}
	return `{"version":"1","status":"` + ascii(n.Status, lineMax) + `"}`
}

// bounded cuts what may grow without bound.
func bounded(n Notice) Notice {
	n.Version = "1"
	if extra := len(n.Findings) - findingsMax; extra > 0 {
		n.Findings = n.Findings[:findingsMax:findingsMax]
		n.Notes = append(n.Notes[:len(n.Notes):len(n.Notes)], fmt.Sprintf("%d more findings are in the ledger", extra))
	}
	n.Findings = append([]rules.Finding{}, n.Findings...)
	for i, f := range n.Findings {
		n.Findings[i].Message, n.Findings[i].Path, n.Findings[i].Resource = inert(f.Message), inert(f.Path), inert(f.Resource)
		n.Findings[i].Evidence = lines(f.Evidence)
	}
	n.Changed, n.Notes = lines(n.Changed), lines(n.Notes)
	n.Diff = clip(n.Diff, diffMax)
	n.Reason, n.Resource = inert(n.Reason), inert(n.Resource)
	return n
}

func lines(in []string) []string {
	var out []string
	for i, l := range in {
		if i == linesMax {
			return append(out, fmt.Sprintf("(%d more)", len(in)-i))
		}
		out = append(out, ascii(inert(l), lineMax))
	}
	return out
}

func subject(n Notice) string {
	words := append(append([]string{n.Status}, n.ids()...), n.Resource)
	return ascii(fmt.Sprintf("FireWarden: %s (%s)", strings.Join(words, " "), n.Account), subjectMax)
}

// text is the mail: what, where, who and when, what was changed, what was not and why, how to undo and how to exempt.
func text(n Notice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\naccount %s, Region %s\n", strings.ToUpper(n.Status), n.Resource, n.Account, n.Region)
	if n.Reason != "" {
		fmt.Fprintf(&b, "why: %s\n", n.Reason)
	}
	for _, f := range n.Findings {
		fmt.Fprintf(&b, "\n%s (%s) %s\n  at %s\n", f.Rule, f.Severity, f.Message, inert(f.Path))
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  - %s\n", e)
		}
	}
	section(&b, "What was changed", n.Changed)
	if n.Diff != "" {
		fmt.Fprintf(&b, "\nThe definition's difference:\n%s", inertLines(n.Diff))
	}
	section(&b, "To know", n.Notes)
	who(&b, n)
	if n.Remediation != "" {
		fmt.Fprintf(&b, "\nremediation %s: its before-image is in the ledger\n", n.Remediation)
	}
	return b.String()
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", l)
	}
}

func who(b *strings.Builder, n Notice) {
	o := n.Origin
	if o.EventName == "" {
		return
	}
	fmt.Fprintf(b, "\nWhat set it off: %s by %s from %s at %s\n", inert(o.EventName), inert(o.Principal), inert(o.SourceIP), o.Time.UTC().Format(time.RFC3339))
}

// inertLines keeps the line breaks of a diff and makes each line harmless.
func inertLines(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString(inert(strings.TrimRight(l, "\n")) + "\n")
	}
	return b.String()
}
