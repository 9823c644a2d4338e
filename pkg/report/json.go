package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

	"github.com/firewarden/firewarden/pkg/rules"
)

type findingJSON struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	Status   rules.Status   `json:"status"`
	File     string         `json:"file"`
	Line     int            `json:"line"`
	Column   int            `json:"column,omitempty"`
	Resource string         `json:"resource"`
	Path     string         `json:"path"`
	Message  string         `json:"message"`
	Fixable  bool           `json:"fixable"`
}

func findingOf(f Finding) findingJSON {
	return findingJSON{
		Rule: f.Rule, Severity: f.Severity, Status: f.Status, File: f.File, Line: f.Line, Column: f.Column,
		Resource: f.Resource, Path: f.Path, Message: f.Message, Fixable: f.Fixable,
	}
}

type suppressedJSON struct {
	findingJSON
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Until  string `json:"until"`
	By     string `json:"by"`
}

// JSON writes {"version", "findings", "suppressed", "errors"}; the lists are never null.
func JSON(w io.Writer, r Result) error {
	doc := struct {
		Version    string           `json:"version"`
		Findings   []findingJSON    `json:"findings"`
		Suppressed []suppressedJSON `json:"suppressed"`
		Errors     []Error          `json:"errors"`
	}{Version, make([]findingJSON, 0, len(r.Findings)), make([]suppressedJSON, 0, len(r.Suppressed)), append([]Error{}, r.Errors...)}
	for _, f := range r.Findings {
		doc.Findings = append(doc.Findings, findingOf(f))
	}
	for _, s := range r.Suppressed {
		doc.Suppressed = append(doc.Suppressed, suppressedJSON{findingOf(s.Finding), s.Reason, s.Owner, s.Until, s.By})
	}
	return document(w, doc)
}

type ruleJSON struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Severity rules.Severity `json:"severity"`
	Mode     rules.Mode     `json:"mode"`
	Kind     rules.Kind     `json:"kind"`
	Needs    rules.State    `json:"needs"`
	Fixable  bool           `json:"fixable"`
	Doc      *rules.Doc     `json:"doc,omitempty"`
}

func ruleOf(r rules.Rule) ruleJSON {
	return ruleJSON{ID: r.ID, Title: r.Title, Severity: r.Severity, Mode: r.Mode, Kind: r.Kind, Needs: r.Needs, Fixable: r.Fix != nil}
}

// RulesJSON writes {"version", "rules"}, without the rules' documentation.
func RulesJSON(w io.Writer, all []rules.Rule) error {
	doc := struct {
		Version string     `json:"version"`
		Rules   []ruleJSON `json:"rules"`
	}{Version: Version, Rules: make([]ruleJSON, 0, len(all))}
	for _, r := range all {
		doc.Rules = append(doc.Rules, ruleOf(r))
	}
	return document(w, doc)
}

// ExplainJSON writes {"version", "rule"}, with the rule's documentation.
func ExplainJSON(w io.Writer, r rules.Rule) error {
	doc := struct {
		Version string   `json:"version"`
		Rule    ruleJSON `json:"rule"`
	}{Version, ruleOf(r)}
	doc.Rule.Doc = &r.Doc
	return document(w, doc)
}

// document writes indented JSON in which every character that does not print is escaped, so that it is as inert on a terminal as
// the table.
func document(w io.Writer, doc any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, escaped(b.String()))
	return err
}

// escaped replaces what does not print by \u escapes; outside of strings JSON has no such character but the line feed.
func escaped(s string) string {
	var b bytes.Buffer
	for _, r := range s {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
