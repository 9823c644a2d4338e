package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// custom is a custom notification: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. Version, source and
// description are required.
type custom struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id,omitempty"`
	Content  content  `json:"content"`
	Metadata metadata `json:"metadata"`
}

type content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

// metadata is not shown. Messages of one threadId are one thread; eventType and additionalContext are what custom actions (buttons)
// are attached by and filled from.
type metadata struct {
	ThreadID          string            `json:"threadId"`
	Summary           string            `json:"summary"`
	EventType         string            `json:"eventType"`
	RelatedResources  []string          `json:"relatedResources,omitempty"`
	AdditionalContext map[string]string `json:"additionalContext,omitempty"`
}

const (
	titleMax = 250
	// descriptionMax is below the 3,000 characters at which Slack refuses a text
	// (https://docs.slack.dev/reference/block-kit/blocks/section-block); so is each step.
	descriptionMax = 2800
	stepMax        = 2000
	shownInChat    = 5
	evidenceInChat = 3
)

// chat is a notice's chat form.
func chat(n Notice) string {
	return marshalled(custom{
		Content: content{
			Title: cutRunes(spoken(headline(n)), titleMax), Description: cutLines(description(n), descriptionMax),
			NextSteps: steps(n), Keywords: keywords(append([]string{n.Status, string(n.worst()), n.Region}, n.ids()...)),
		},
		Metadata: metadata{
			ThreadID: thread(n.Account, n.Region, n.Resource), Summary: inertInChat(subject(n)), EventType: eventType(n.Status), RelatedResources: []string{inertInChat(n.Resource)},
			AdditionalContext: values(map[string]string{
				"status": n.Status, "severity": string(n.worst()), "account": n.Account, "region": n.Region, "resource": n.Resource, "remediation": n.Remediation,
			}),
		},
	})
}

// description is what the mail says, shorter.
func description(n Notice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %s · account %s · %s\n", code(n.Resource), n.worst(), code(n.Account), code(n.Region))
	paragraph(&b, "Why", n.Reason)
	paragraph(&b, "What now", outcomeOf(n).hint)
	for _, f := range n.Findings[:min(len(n.Findings), shownInChat)] {
		fmt.Fprintf(&b, "• %s %s: %s\n", code(f.Rule), spoken(string(f.Severity)), spoken(f.Message))
		bullets(&b, "    ", f.Evidence[:min(len(f.Evidence), evidenceInChat)])
	}
	if more := len(n.Findings) - shownInChat; more > 0 {
		fmt.Fprintf(&b, "and %s, which the mail and the ledger have\n", counting(more, "more finding"))
	}
	list(&b, "What was changed", append(n.Changed[:len(n.Changed):len(n.Changed)], changedLines(n.Diff)...))
	if o := n.Origin; o.EventName != "" {
		fmt.Fprintf(&b, "*Who and when* %s", code(o.EventName))
		for _, part := range [][2]string{{" by ", o.Principal}, {" from ", o.SourceIP}} {
			if part[1] != "" {
				b.WriteString(part[0] + code(part[1]))
			}
		}
		b.WriteString(after(" at ", moment(o.Time)) + "\n")
	}
	for _, note := range n.Notes[:min(len(n.Notes), shownInChat)] {
		fmt.Fprintf(&b, "_%s_\n", spoken(note))
	}
	return b.String()
}

// code is a text that others chose, set apart from ours. A code span is no protection in Teams, so that the text is inert by itself.
func code(s string) string {
	if s = strings.TrimSpace(inertInChat(s)); s == "" {
		return "-"
	}
	return "`" + s + "`"
}

func paragraph(b *strings.Builder, title, s string) {
	if s != "" {
		fmt.Fprintf(b, "*%s* %s\n", title, spoken(s))
	}
}

func list(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "*%s*\n", title)
	bullets(b, "", lines[:min(len(lines), 2*shownInChat)])
	if more := len(lines) - 2*shownInChat; more > 0 {
		fmt.Fprintf(b, "and %s more\n", counting(more, "line"))
	}
}

func bullets(b *strings.Builder, indent string, lines []string) {
	for _, l := range lines {
		fmt.Fprintf(b, "%s• %s\n", indent, code(l))
	}
}

// changedLines are the lines of a diff that come or go, without its head.
func changedLines(diff string) []string {
	var out []string
	for l := range strings.Lines(diff) {
		if !strings.HasPrefix(l, "---") && !strings.HasPrefix(l, "+++") && (strings.HasPrefix(l, "+") || strings.HasPrefix(l, "-")) {
			out = append(out, strings.TrimRight(l, "\n"))
		}
	}
	return out
}

// steps are what a person can do next. Commands are Render's own, of plain words.
func steps(n Notice) []string {
	var out []string
	if n.Undo != "" {
		out = append(out, "To undo it: "+code(n.Undo))
	}
	for _, line := range n.Release[:min(len(n.Release), shownInChat)] {
		out = append(out, "To have it remediated again: "+code(line))
	}
	if len(n.Exempt) > 0 {
		out = append(out, exemptTitle+":\n"+spans(n.Exempt))
	}
	switch {
	case n.SourcePatch != "":
		out = append(out, fmt.Sprintf("Correct it at the source%s: the mail and the JSON have the lines to change", after(", which is ", spoken(n.Owner))))
	case n.Owner != "":
		out = append(out, "Correct it at the source, which is "+spoken(n.Owner))
	}
	for i := range out {
		out[i] = cutLines(out[i], stepMax)
	}
	return out
}

// spans are lines as code, each by itself, so that cutting between two leaves none open.
func spans(lines []string) string {
	var out []string
	for _, l := range lines {
		out = append(out, code(l))
	}
	return strings.Join(out, "\n")
}

func keywords(of []string) []string {
	out := []string{"FireWarden"}
	for _, k := range of[:min(len(of), 2*shownInChat)] {
		if k = cutRunes(spoken(k), titleMax/5); k != "" {
			out = append(out, k)
		}
	}
	return out
}

// values are what is given to buttons, which take printable ASCII without blanks.
func values(of map[string]string) map[string]string {
	for k, v := range of {
		if of[k] = ascii(strings.ReplaceAll(inertInChat(v), " ", "-"), titleMax); v == "" {
			delete(of, k)
		}
	}
	return of
}

// thread names the conversation about one resource.
func thread(account, region, resource string) string {
	return ascii(strings.ReplaceAll(inertInChat(account+":"+region+":"+resource), " ", "-"), titleMax)
}

var notInType = regexp.MustCompile(`[^a-zA-Z0-9-]+`)

// eventType is of the form that a custom action can be attached to.
func eventType(status string) string {
	plain := notInType.ReplaceAllString(status, "-")
	return "FireWarden-" + plain[:min(len(plain), titleMax/5)]
}

func cutRunes(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}

// cutLines keeps as many whole lines as there is room for.
func cutLines(s string, most int) string {
	const cutHere = "(cut: the mail and the ledger have the rest)"
	s = strings.TrimRight(s, "\n")
	if len([]rune(s)) <= most {
		return s
	}
	var b strings.Builder
	room := most - len(cutHere)
	for l := range strings.Lines(s) {
		if room -= len([]rune(l)); room < 0 {
			break
		}
		b.WriteString(l)
	}
	return b.String() + cutHere
}

// marshalled is the notification as JSON. Its id is a digest of it: the same notice, sent again, has the same.
func marshalled(c custom) string {
	c.Version, c.Source, c.Content.TextType = "1.0", "custom", "client-markdown"
	body, _ := json.Marshal(c) // strings and maps of strings always marshal
	sum := sha256.Sum256(body)
	c.ID = hex.EncodeToString(sum[:16])
	body, _ = json.Marshal(c)
	return string(body)
}
