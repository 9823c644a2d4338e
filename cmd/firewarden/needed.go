package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const neededHelp = `--needed-policy judges nothing: it prints the IAM policies that the definitions with a
router need, as JSON: {"FAMILY": {"taskRole": {...}, "executionRole": {...}}}, each
where something is needed. The account is the role's, where the file names one by its
ARN; "*" stands for what a file does not tell. The key that encrypts a secret, an
object, a bucket or a stream is not in a definition: where it is one of the account's
own, kms:Decrypt on it is needed too, and kms:GenerateDataKey for what is written. An
OpenSearch collection asks for a data access policy besides. A configuration file
that is not read may need more, which is said on stderr.`

// neededPolicies are the actions that definitions need of their roles, by family, or by file where that is not told.
type neededPolicies map[string]*neededOf

type neededOf struct{ task, execution []rules.Action }

// MarshalJSON leaves out a role of which nothing is needed.
func (n neededOf) MarshalJSON() ([]byte, error) {
	doc := map[string]rules.PolicyDocument{}
	for role, actions := range map[string][]rules.Action{"taskRole": n.task, "executionRole": n.execution} {
		if len(actions) > 0 {
			doc[role] = rules.NeededPolicy(actions)
		}
	}
	return json.Marshal(doc)
}

// need adds what a resource needs in each of its readings, where it is a definition with a router, and says what is not read.
func (s *scanner) need(file string, r source.Resource) {
	said := map[string]bool{}
	for _, one := range append([]source.Resource{r}, r.Readings...) {
		d, ok := one.Resource.(rules.Definition)
		if !ok || len(d.Routers()) == 0 {
			continue
		}
		for _, what := range unreadFiles(d) {
			if !said[what] {
				said[what] = true
				say(s.talk, "%s: not read: %s", report.Inert(file), report.Inert(what))
			}
		}
		s.needs(file, d)
	}
}

// unreadFiles are the configuration files of a definition's router that may need more.
func unreadFiles(d rules.Definition) []string {
	var all []string
	if d.Config != nil {
		for _, g := range d.Config.Unknown {
			all = append(all, g.String())
		}
		return all
	}
	for _, c := range d.ConfigSources() {
		if c.Name != "" {
			all = append(all, "configuration file "+c.Name+" of the router ("+c.By+")")
		}
	}
	return all
}

// needs adds what a definition needs. Definitions of one family add up.
func (s *scanner) needs(file string, d rules.Definition) {
	family := file
	if d.Task.Family != nil {
		family = cmp.Or(*d.Task.Family, file)
	}
	n := s.needed[family]
	if n == nil {
		n = &neededOf{}
		s.needed[family] = n
	}
	n.task = append(n.task, d.Owned(d.TaskRole(), d.TaskActions())...)
	n.execution = append(n.execution, d.Owned(d.ExecutionRole(), d.ExecutionActions())...)
}

// write prints the policies, and nothing else, and gives the exit code.
func (n neededPolicies) write(out io.Writer, s *scanner) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(n); err != nil {
		return exit{exitUnusable, fmt.Errorf("writing the policies: %w", err)}
	}
	empty := 0
	for _, of := range n {
		if len(slices.Concat(of.task, of.execution)) == 0 {
			empty++
		}
	}
	say(s.talk, "%s: policies for %s, %d without need, %d not read", counted(s.files-s.others, "file"), plural(len(n)), empty, len(s.result.Errors))
	if len(s.result.Errors) > 0 {
		return exit{code: exitUnusable}
	}
	return nil
}

func plural(families int) string {
	if families == 1 {
		return "1 family"
	}
	return fmt.Sprintf("%d families", families)
}
