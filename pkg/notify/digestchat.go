package notify

import (
	"fmt"
	"strings"
)

// digestChat is a digest's chat form.
func digestChat(d Digest, mended int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "account %s · %s · sweep %s, completed %s\n", code(d.Account), code(d.Region), code(d.Sweep), moment(d.Completed))
	paragraph(&b, "Please look:", d.MissingTrail)
	if d.Total > 0 {
		fmt.Fprintf(&b, "*Open, the worst first*\n")
	}
	for _, f := range d.Open[:min(len(d.Open), shownInChat)] {
		fmt.Fprintf(&b, "• %s %s %s, %s since %s\n", code(f.Rule), spoken(string(f.Severity)), code(f.Resource), spoken(f.Status), day(f.Since))
	}
	if more := d.Total - shownInChat; more > 0 {
		fmt.Fprintf(&b, "and %s more\n", thousands(more))
	}
	if mended > 0 {
		fmt.Fprintf(&b, "*Remediated since %s:* %s\n", sinceWhen(d), thousands(mended))
	}
	for _, line := range exemptionLines(d)[:min(len(d.Exemptions), shownInChat)] {
		fmt.Fprintf(&b, "*Exemption* %s\n", spoken(line))
	}
	list(&b, "Not covered", d.NotCovered)
	var next []string
	if all := Command(d.Stack, d.Region, "findings"); all != "" && d.Total > 0 {
		next = []string{"To see them all: " + code(all)}
	}
	return marshalled(custom{
		Content: content{
			Title: cutRunes(spoken(verdict(d)), titleMax), Description: cutLines(b.String(), descriptionMax), NextSteps: next,
			Keywords: keywords(append([]string{d.Status, d.Region}, severities(d)...)),
		},
		Metadata: metadata{
			ThreadID: thread(d.Account, d.Region, d.Status), Summary: inertInChat(digestSubject(d)), EventType: eventType(d.Status),
			AdditionalContext: values(map[string]string{"status": d.Status, "account": d.Account, "region": d.Region, "sweep": d.Sweep}),
		},
	})
}
