package notify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func digestSubject(d Digest) string {
	what := "everything is compliant"
	if d.Total > 0 {
		what = thousands(d.Total) + " open: " + bySeverity(d)
	}
	return ascii(fmt.Sprintf("FireWarden: digest, %s (%s %s)", what, d.Account, d.Region), subjectMax)
}

// verdict is the digest in a sentence.
func verdict(d Digest) string {
	looked := fmt.Sprintf("%s and %s were looked at", counting(d.Families, "task definition family"), counting(d.Groups, "security group"))
	if d.Total > 0 {
		return fmt.Sprintf("%s, %s: %s", counting(d.Total, "open finding"), bySeverity(d), looked)
	}
	if len(d.NotCovered) > 0 {
		return "Everything that was looked at is compliant: " + looked
	}
	return "Everything is compliant: " + looked
}

// counting is a number with its noun.
func counting(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		noun = stem + "ie"
	}
	return thousands(n) + " " + noun + "s"
}

// thousands is a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func bySeverity(d Digest) string {
	var parts []string
	for _, s := range severities(d) {
		parts = append(parts, thousands(d.BySeverity[s])+" "+s)
	}
	return strings.Join(parts, ", ")
}

// digestText is the mail. That events are missing comes first, for it takes the rest its worth; what is to be done next.
func digestText(d Digest, mended int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\n%s", verdict(d), place(d.Account, d.Region, d.Stack))
	fmt.Fprintf(&b, "sweep %s, from %s to %s\n", d.Sweep, moment(d.Started), moment(d.Completed))
	if d.MissingTrail != "" {
		fmt.Fprintf(&b, "\nPlease look: %s.\n", d.MissingTrail)
	}
	section(&b, "Open, the worst first", openLines(d))
	if d.Total > openMailed {
		section(&b, "Open, by rule", ruleLines(d))
	}
	section(&b, "Remediated since "+sinceWhen(d), mendedLines(d, mended))
	section(&b, "Exemptions that end", exemptionLines(d))
	section(&b, "Not covered", d.NotCovered)
	if all := Command(d.Stack, d.Region, "findings"); all != "" && d.Total > 0 {
		section(&b, "To see them all", []string{all})
	}
	return b.String()
}

func sinceWhen(d Digest) string {
	if d.Since.IsZero() {
		return "the beginning"
	}
	return "the last digest, of " + moment(d.Since)
}

func openLines(d Digest) []string {
	var out []string
	for _, f := range d.Open[:min(len(d.Open), openMailed)] {
		out = append(out, fmt.Sprintf("%s (%s) %s: %s since %s", f.Rule, f.Severity, f.Resource, f.Status, day(f.Since)), "  "+f.Message)
		if f.Reason != "" { // on a line of its own, for it may say what to do, with a command
			out = append(out, "  "+f.Status+": "+f.Reason)
		}
	}
	if more := d.Total - openMailed; more > 0 {
		out = append(out, fmt.Sprintf("and %s more", thousands(more)))
	}
	return out
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func ruleLines(d Digest) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(d.ByRule)) {
		out = append(out, fmt.Sprintf("%s  %s", id, thousands(d.ByRule[id])))
	}
	return out
}

func mendedLines(d Digest, all int) []string {
	var out []string
	for _, r := range d.Remediated[:min(len(d.Remediated), mendedMailed)] {
		out = append(out, fmt.Sprintf("%s on %s at %s, remediation %s", strings.Join(r.Rules, " "), r.Resource, moment(r.At), r.ID))
	}
	if more := all - mendedMailed; more > 0 {
		out = append(out, fmt.Sprintf("and %s more", thousands(more)))
	}
	return out
}

func exemptionLines(d Digest) []string {
	var out []string
	for _, e := range d.Exemptions {
		line := fmt.Sprintf("%s on %s ends on %s", e.Rule, e.Resource, day(e.Until))
		if e.Expired {
			line = fmt.Sprintf("%s on %s ended on %s and counts no longer", e.Rule, e.Resource, day(e.Until))
		}
		out = append(out, line+after(", owner ", e.Owner)+after(", reason: ", e.Reason))
	}
	return out
}
