package notify

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Message is a notice or a digest as SNS takes it.
type Message struct {
	// Subject is at most 100 printable ASCII characters (SNS's limit).
	Subject string
	// Text is for people.
	Text string
	// JSON is for machines: docs/schema/notice.schema.json, docs/schema/digest.schema.json.
	JSON string
	// Chat is a custom notification for Amazon Q Developer in chat applications.
	Chat string
	// Attributes are for filter policies: status, severity, account, region, and of a notice rule (a JSON list) and kind.
	Attributes map[string]string
}

const (
	subjectMax = 100
	// textMax and jsonMax stay below SNS's 256 KiB a message together: in its JSON they are quoted, at twice their size at most.
	textMax      = 40 << 10
	jsonMax      = 80 << 10
	diffMax      = 30 << 10
	patchMax     = 15 << 10
	findingsMax  = 100
	findingsKept = 10
	linesMax     = 200
	lineMax      = 500
	rulesMax     = 50
	// rulesNamed is how many rules a subject names.
	rulesNamed = 3
)

// Render makes the message of a notice. It never fails and its size is bounded however much there is to say.
func Render(n Notice) Message {
	n = bounded(advised(n))
	return Message{Subject: subject(n), Text: clip(text(n), textMax), JSON: machine(n), Chat: chat(n), Attributes: attributes(n)}
}

// Chat is a notice's chat form alone.
func Chat(n Notice) string { return chat(bounded(advised(n))) }

// machine is the notice as JSON of at most jsonMax bytes: evidence, the diff, the patch, all but a few findings and what was
// changed are left out, in this order, where it would be longer.
func machine(n Notice) string {
	return shortened(func() any { return n },
		func() {
			for i := range n.Findings {
				n.Findings[i].Evidence = nil
			}
		},
		func() { n.Diff = "" },
		func() { n.SourcePatch = "" },
		func() { n.Findings = n.Findings[:min(len(n.Findings), findingsKept)] },
		func() { n.Changed, n.Notes, n.Exempt, n.Release = nil, nil, nil, nil },
	)
}

// shortened is a value as JSON of at most jsonMax bytes, cut as often as that needs. What the last cut leaves is always short enough.
func shortened(value func() any, cuts ...func()) string {
	var body []byte
	for _, cut := range append([]func(){func() {}}, cuts...) {
		cut()
		var err error
		if body, err = json.Marshal(value()); err == nil && len(body) <= jsonMax {
			break
		}
	}
	return string(body)
}

// bounded cuts what may grow without bound, and makes inert what others may have written.
func bounded(n Notice) Notice {
	n.Version = "1"
	if extra := len(n.Findings) - findingsMax; extra > 0 {
		n.Findings = n.Findings[:findingsMax:findingsMax]
		n.Notes = append(n.Notes[:len(n.Notes):len(n.Notes)], fmt.Sprintf("%d more findings are in the ledger", extra))
	}
	n.Findings = append([]rules.Finding{}, n.Findings...)
	for i := range n.Findings {
		n.Findings[i] = quoted(n.Findings[i])
	}
	n.Changed, n.Notes, n.Exempt, n.Release = lines(n.Changed), lines(n.Notes), lines(n.Exempt), lines(n.Release)
	n.Diff, n.SourcePatch = clip(inertLines(n.Diff), diffMax), clip(inertLines(n.SourcePatch), patchMax)
	for _, s := range []*string{
		&n.Status, &n.Reason, &n.Account, &n.Region, &n.Stack, &n.Resource, &n.Owner, &n.Remediation, &n.Undo,
		&n.Origin.EventID, &n.Origin.EventName, &n.Origin.Account, &n.Origin.Region, &n.Origin.Principal, &n.Origin.SourceIP, &n.Origin.UserAgent,
	} {
		*s = inert(*s)
	}
	return n
}

// quoted is a finding as it may be shown.
func quoted(f rules.Finding) rules.Finding {
	f.Rule, f.Severity, f.Status = inert(f.Rule), rules.Severity(inert(string(f.Severity))), rules.Status(inert(string(f.Status)))
	f.Message, f.Path, f.Resource, f.Evidence = inert(f.Message), inert(f.Path), inert(f.Resource), lines(f.Evidence)
	return f
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
	ids := n.ids()
	if more := len(ids) - rulesNamed; more > 0 {
		ids = append(ids[:rulesNamed:rulesNamed], fmt.Sprintf("+%d", more))
	}
	words := append(append([]string{n.Status}, ids...), n.Resource)
	return ascii(fmt.Sprintf("FireWarden: %s (%s %s)", strings.Join(words, " "), n.Account, n.Region), subjectMax)
}
