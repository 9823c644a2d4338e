package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// LedgerRecordText writes a remediation for people: what it is about, its plan, what to know, and the state before it.
func LedgerRecordText(w io.Writer, r LedgerRecord) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", Inert(r.ID))
	for _, line := range [][2]string{
		{"resource", r.Resource},
		{"rules", strings.Join(r.Rules, " ")},
		{"started", Moment(r.Started)},
		{"finished", Moment(r.Finished)},
		{"outcome", strings.TrimSuffix(r.Outcome+": "+r.Reason, ": ")},
		{"cause", cmp.Or(r.Cause.String(), "no event: a sweep found it")},
		{"undone", undone(r.Undone)},
	} {
		fmt.Fprintf(&b, "  %-9s %s\n", line[0], Inert(line[1]))
	}
	b.WriteString("\nPlan\n" + Lines(r.Plan, "  "))
	if len(r.Notes) > 0 {
		b.WriteString("\nNotes\n" + Lines(strings.Join(r.Notes, "\n"), "  "))
	}
	b.WriteString("\nBefore\n" + Lines(imageText(r), "  "))
	_, err := io.WriteString(w, b.String())
	return err
}

func undone(c *Cause) string {
	if c == nil {
		return "no"
	}
	return c.String()
}

// Lines is a text of several lines, each indented and inert; "(nothing)" where it is empty.
func Lines(text, indent string) string {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		text = "(nothing)"
	}
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(indent + Inert(line) + "\n")
	}
	return b.String()
}

// imageText is a before-image: a group's entries one a line, anything else as JSON without nulls.
func imageText(r LedgerRecord) string {
	var entries []types.SecurityGroupRule
	if strings.HasPrefix(r.Resource, string(rules.KindGroup)+"/") && json.Unmarshal(r.Before, &entries) == nil {
		var b strings.Builder
		for _, e := range entries {
			b.WriteString(entry(e) + "\n")
		}
		return b.String()
	}
	var image any
	if err := json.Unmarshal(r.Before, &image); err != nil {
		return string(r.Before)
	}
	var b bytes.Buffer
	if !r.Revealed {
		image = rules.Hide(image)
	}
	if err := document(&b, dense(image)); err != nil {
		return string(r.Before)
	}
	return b.String()
}

// entry is an ingress entry on one line: id, what it lets in, description and tags.
func entry(e types.SecurityGroupRule) string {
	parts := []string{deref(e.SecurityGroupRuleId), rules.Allowance(e)}
	if e.Description != nil {
		parts = append(parts, fmt.Sprintf("%q", *e.Description))
	}
	var tags []string
	for _, t := range e.Tags {
		tags = append(tags, deref(t.Key)+"="+deref(t.Value))
	}
	slices.Sort(tags)
	return strings.Join(append(parts, tags...), "  ")
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// dense is a JSON value without the nulls that an SDK's types are full of.
func dense(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for k, e := range v {
			if e != nil {
				kept[k] = dense(e)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, e := range v {
			kept[i] = dense(e)
		}
		return kept
	}
	return v
}
