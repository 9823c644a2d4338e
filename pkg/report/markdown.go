package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// generated stands at the head of every page.
const generated = "<!-- Generated from pkg/rules by `make generate`: change the rule, not this page. -->\n\n"

// RulePage writes a rule's documentation as Markdown: docs/rules/FL204.md. It has the text of Explain.
func RulePage(w io.Writer, r rules.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s: %s\n\n", generated, r.ID, markdown(r.Title))
	b.WriteString("| severity | default mode | looks at | needs | fix |\n|---|---|---|---|---|\n")
	fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Severity, r.Mode, r.Kind, needs(r), fixOf(r))
	for _, p := range prose(r.Doc) {
		fmt.Fprintf(&b, "\n## %s\n\n%s", p.title, pageWrapped(p.text))
	}
	for _, p := range examples(r.Doc) {
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s\n```\n", p.title, strings.TrimRight(p.text, "\n"))
	}
	b.WriteString("\n## Sources\n\n")
	for _, s := range r.Doc.Sources {
		b.WriteString("- " + link(s) + "\n")
	}
	fmt.Fprintf(&b, "\nAll rules: [README.md](README.md). On a terminal: `firewarden explain %s`.\n", r.ID)
	_, err := io.WriteString(w, b.String())
	return err
}

// chapter are the rules whose ids begin so.
type chapter struct{ prefix, title, about string }

func chapters() []chapter {
	return []chapter{
		{"FL1", "Reachable", "Port 24224 is closed to everything but the task's own containers."},
		{"FL2", "Ordered", "The router starts before its clients, and stops after them."},
		{"FL3", "Valid", "ECS, the router's image and its configuration take what the definition says."},
		{"FL4", "Permitted", "The roles let the router and the agent do what they must."},
		{"FL5", "Operable", "Logs arrive, keep arriving, and give nothing away."},
		{"FL", "Further rules", "What belongs to none of these."},
	}
}

// RulesIndex writes the rule book's table of contents as Markdown, docs/rules/README.md: each rule once, under the first chapter that
// it belongs to.
func RulesIndex(w io.Writer, all []rules.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# The rule book\n\n%d rules. The mode is the default one; [the policy](../policy.md) sets another.\n", generated, len(all))
	left := all
	for _, c := range chapters() {
		var here, rest []rules.Rule
		for _, r := range left {
			if strings.HasPrefix(r.ID, c.prefix) {
				here = append(here, r)
			} else {
				rest = append(rest, r)
			}
		}
		left = rest
		writeChapter(&b, c, here)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeChapter(b *strings.Builder, c chapter, all []rules.Rule) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| rule | what is wrong | severity | mode | fix |\n|---|---|---|---|---|\n", c.title, c.about)
	for _, r := range all {
		fmt.Fprintf(b, "| [%s](%s.md) | %s | %s | %s | %s |\n", r.ID, r.ID, markdown(r.Title), r.Severity, r.Mode, fixOf(r))
	}
}

// fixOf says what a rule's fix changes.
func fixOf(r rules.Rule) string {
	switch {
	case r.Fix == nil:
		return "—"
	case r.Kind == rules.KindGroup:
		return "ingress entries"
	}
	return "a corrected revision"
}

func needs(r rules.Rule) string {
	if r.Needs == rules.NeedsAccount {
		return "the live account"
	}
	return "the definition alone"
}

// link makes a link of a URL; other sources are places in public repositories.
func link(source string) string {
	if strings.HasPrefix(source, "https://") {
		return "<" + source + ">"
	}
	return markdown(source)
}

// marks are the characters that Markdown would take for its own.
var marks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`, "|", `\|`, "#", `\#`)

// markdown is a text that Markdown shows as it is.
func markdown(text string) string { return marks.Replace(text) }

// listMark is what would make an item of a list, or a heading, of a line that a text was broken at.
var listMark = regexp.MustCompile(`(?m)^([0-9]*)([-+=.)]+)( |$)`)

// pageWrapped is a text as lines of a page.
func pageWrapped(text string) string {
	return listMark.ReplaceAllString(wrapped(markdown(text), ""), `$1\$2$3`)
}
