package notify

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

const (
	// exempted is how long the proposed exemption lasts.
	exempted = 90 * 24 * time.Hour
	// flows is what a narrowed or revoked entry does not do.
	flows = "established flows live on until they end: what was connected to 24224 stays connected"
)

// word is a text that a shell, YAML and a glob take for itself, whoever chose it.
var word = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./:-]{0,254}$`)

// Command is a command line of firewarden as it is to be typed: it reaches the ledger of the stack in the Region, with
// credentials of the account. It is "" where one of its words is not plain, because somebody may paste it into a shell.
func Command(stack, region string, words ...string) string {
	for _, w := range append([]string{stack, region}, words...) {
		if !word.MatchString(w) {
			return ""
		}
	}
	return fmt.Sprintf("AWS_REGION=%s firewarden %s --stack %s", region, strings.Join(words, " "), stack)
}

// advised fills in how to undo, to release and to exempt, and leaves out of the notes what says it less completely.
func advised(n Notice) Notice {
	o := outcomeOf(n)
	n.Undo, n.Release, n.Exempt = "", nil, nil
	if o.undo && n.Remediation != "" {
		if undo := Command(n.Stack, n.Region, "undo", n.Remediation); undo != "" {
			n.Undo = undo + " --apply"
		}
	}
	if n.Status == "contested" {
		n.Release = releases(n)
	}
	if o.exempt {
		n.Exempt = exemption(n)
	}
	var notes []string
	for _, note := range n.Notes {
		if (n.Undo == "" || !strings.Contains(note, "firewarden undo ")) && (n.Release == nil || !strings.Contains(note, "firewarden findings release ")) {
			notes = append(notes, note)
		}
	}
	if n.Status == "remediated" && strings.HasPrefix(n.Resource, string(rules.KindGroup)) && !strings.Contains(strings.Join(notes, "\n"), "established flows") {
		notes = append(notes, flows)
	}
	n.Notes = notes
	return n
}

// releases are the commands that end the contests of a notice's rules: releasing one finding ends that of its rule there.
func releases(n Notice) []string {
	var all []string
	done := map[string]bool{}
	for _, f := range n.Findings {
		if line := Command(n.Stack, n.Region, "findings", "release", f.Fingerprint()); line != "" && !done[f.Rule] {
			done[f.Rule] = true
			all = append(all, line)
		}
	}
	return all
}

// exemption is what the policy has to say to leave the rules alone on the resource.
func exemption(n Notice) []string {
	name := strings.TrimPrefix(n.Resource, string(rules.KindGroup)+"/")
	if !word.MatchString(name) || n.At.IsZero() {
		return nil
	}
	until := n.At.Add(exempted).UTC().Format(time.DateOnly)
	out := []string{"exemptions:"}
	for _, id := range n.ids() {
		if word.MatchString(id) && len(out) <= rulesMax {
			out = append(out, fmt.Sprintf("  - {rule: %s, resource: %q, reason: \"say why\", owner: \"say who\", until: %s}", id, name, until))
		}
	}
	if len(out) == 1 {
		return nil
	}
	return out
}
