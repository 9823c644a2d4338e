package notify

import (
	"fmt"
	"strings"
	"time"
)

// exemptTitle says what the lines of the policy do.
const exemptTitle = "To have it left as it is, exempt it in the policy, saying why and who"

// text is the mail: what, where and why, who did it and when, what was changed, what was not and why, how to undo, to exempt and
// to correct the source.
func text(n Notice) string {
	var b strings.Builder
	o := outcomeOf(n)
	fmt.Fprintf(&b, "%s.\n\n%s%s\n", inert(headline(n)), place(n.Account, n.Region, n.Stack), outcomeLine(n))
	if n.Reason != "" {
		fmt.Fprintf(&b, "why: %s\n", n.Reason)
	}
	if o.hint != "" {
		fmt.Fprintf(&b, "what now: %s\n", o.hint)
	}
	found(&b, n)
	who(&b, n)
	section(&b, "What was changed", n.Changed)
	if n.Diff != "" {
		fmt.Fprintf(&b, "\nThe definition's difference:\n%s", n.Diff)
	}
	section(&b, "To know", n.Notes)
	source(&b, n)
	if n.Undo != "" {
		section(&b, "To undo it, and to be left alone for 24 hours (without --apply it only shows what it would do)", []string{n.Undo})
	}
	section(&b, "To have it remediated again", n.Release)
	section(&b, exemptTitle, n.Exempt)
	if n.Remediation != "" {
		fmt.Fprintf(&b, "\nremediation %s: the ledger has how it was before\n", n.Remediation)
	}
	return b.String()
}

// place says where.
func place(account, region, stack string) string {
	s := fmt.Sprintf("account %s, Region %s", account, region)
	if stack != "" {
		s += ", stack " + stack
	}
	return s + "\n"
}

func outcomeLine(n Notice) string {
	return fmt.Sprintf("%s: %s, severity %s", n.Resource, n.Status, n.worst())
}

func found(b *strings.Builder, n Notice) {
	for _, f := range n.Findings {
		fmt.Fprintf(b, "\n%s (%s) %s\n  at %s\n", f.Rule, f.Severity, f.Message, f.Path)
		for _, e := range f.Evidence {
			fmt.Fprintf(b, "  - %s\n", e)
		}
	}
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

// who says who set it off and when. ECS's own events name no address.
func who(b *strings.Builder, n Notice) {
	o := n.Origin
	if o.EventName == "" {
		return
	}
	fmt.Fprintf(b, "\nWhat set it off: %s%s%s%s\n", o.EventName, after(" by ", o.Principal), after(" from ", o.SourceIP), after(" at ", moment(o.Time)))
	if o.EventID != "" {
		fmt.Fprintf(b, "  event id %s\n", o.EventID)
	}
}

// after is a word behind another, nothing where there is none.
func after(word, s string) string {
	if s == "" {
		return ""
	}
	return word + s
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// source says what to change where the resource comes from.
func source(b *strings.Builder, n Notice) {
	switch {
	case n.SourcePatch != "":
		fmt.Fprintf(b, "\nTo correct it at the source%s:\n%s", after(", which is ", n.Owner), n.SourcePatch)
	case n.Owner != "":
		fmt.Fprintf(b, "\nIts source is %s: correct it there too, or the next deployment puts it back as it was.\n", n.Owner)
	}
}
