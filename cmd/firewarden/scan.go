package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/source"
)

const scanHelp = `Scan files with task definitions (as RegisterTaskDefinition takes them, as
DescribeTaskDefinition gives them, wrapped in "taskDefinition", or a bare array of
containers) and CloudFormation or SAM templates (task definitions, security groups,
and the services that tie them), in JSON or YAML. "-" reads standard input. Of a
directory, every .json, .yaml, .yml and .template file below it is read; links and
folders that begin with a dot, or are called node_modules, are left out.

Findings go to stdout, everything else to stderr. What a file cannot tell (a
template placeholder, what a bare array leaves out, a parameter without default, a
value that exists after deployment) is unknown: it is listed, with status
"unknown", but it is neither pass nor fail and does not change the exit code.
Conditions of a template that nothing decides are tried both ways: what is wrong
either way is a finding, what is wrong one way is unknown. What of a template is
not read, but may matter, is named on stderr.

` + configHelp + `

` + neededHelp + `

The policy says which rules are off, by what thresholds they measure, and what is
exempt: such findings are suppressed, which is said on stderr.
` + policyHelp + `

Exit codes:
  0  nothing found (unknown and suppressed apart)
  1  findings
  2  a file could not be read, or was named and is neither a task definition nor a
     template, or wrong usage; the other files are scanned all the same, and
     2 wins over 1`

func scanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scan FILE...",
		Short:   "Scan task definitions and templates in files",
		Long:    scanHelp,
		Example: "  firewarden scan task-definition.json template.yaml\n  aws ecs describe-task-definition --task-definition web | firewarden scan --format json -",
		Args:    cobra.MinimumNArgs(1),
	}
	f := formatFlag(cmd, "table", "json")
	var from policies
	from.flags(cmd)
	var own configs
	own.flags(cmd)
	needed := cmd.Flags().Bool("needed-policy", false, "print the IAM policies that the roles need, as JSON, in place of findings")
	cmd.MarkFlagsMutuallyExclusive("needed-policy", "format")
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		p, _, err := from.load()
		if err != nil {
			return err
		}
		if err := own.open(); err != nil {
			return err
		}
		s := scanner{in: cmd.InOrStdin(), talk: cmd.ErrOrStderr(), judge: judgeBy(p, time.Now()), configs: &own}
		if *needed {
			s.needed = neededPolicies{}
		}
		ended(s.talk, p, s.now)
		for _, file := range files {
			s.scan(file)
		}
		for _, flag := range own.unused() {
			s.unusable("--config-file "+flag, errNoRouter)
		}
		if *needed {
			return s.needed.write(cmd.OutOrStdout(), &s)
		}
		render := report.Table
		if f.value == "json" {
			render = report.JSON
		}
		if err := render(cmd.OutOrStdout(), s.result); err != nil {
			return exit{exitUnusable, fmt.Errorf("writing the findings: %w", err)}
		}
		return s.summary()
	}
	return cmd
}

// scanner collects what files hold.
type scanner struct {
	in     io.Reader
	talk   io.Writer
	result report.Result
	files  int      // that were tried
	others int      // in directories, that are something else
	parts  int      // of files, that were not read
	faults []string // of tags, said already
	needed neededPolicies
	*configs
	judge
}

// scan reads a file, or what is below a directory.
func (s *scanner) scan(name string) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		s.walk(name)
		return
	}
	if err := s.file(name); err != nil {
		s.unusable(name, err)
	}
}

// unusable names a file that could not be read.
func (s *scanner) unusable(file string, err error) {
	s.result.Errors = append(s.result.Errors, report.Error{File: file, Message: err.Error()})
	say(s.talk, "%s: %s", report.Inert(file), report.Inert(err.Error()))
}

// file judges what one file holds.
func (s *scanner) file(file string) error {
	s.files++
	doc, err := s.read(file)
	if err != nil {
		return err
	}
	s.unread(file, doc.Unread)
	for _, r := range doc.Resources {
		s.unread(file, r.Unread)
		s.configure(file, &r)
		if s.needed != nil {
			s.need(file, r)
			continue
		}
		for _, f := range r.Evaluate(s.rules, s.params) {
			s.found(r, report.Finding{Finding: f.Finding, File: file, Line: f.Line, Column: f.Column})
		}
	}
	return nil
}

func (s *scanner) unread(file string, places []source.Place) {
	s.parts += len(places)
	for _, p := range places {
		say(s.talk, "%s:%d: not read: %s: %s", report.Inert(file), p.Line, report.Inert(p.Path), report.Inert(p.Why))
	}
}

func (s *scanner) read(file string) (source.Document, error) {
	in := s.in
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return source.Document{}, cause(err)
		}
		defer func() { _ = opened.Close() }() // read only: nothing can be lost
		in = opened
	}
	// One byte more than is read tells a file that is too large.
	data, err := io.ReadAll(io.LimitReader(in, source.MaxBytes+1))
	if err != nil {
		return source.Document{}, cause(err)
	}
	return source.ReadDocument(file, data)
}

// cause is an error without the operation and file that the message names already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// partly says of how many parts of files nothing is told.
func (s *scanner) partly() string {
	if s.parts == 0 {
		return ""
	}
	return ", " + counted(s.parts, "part") + " not read"
}

// summary says on stderr what was found, and gives the exit code.
func (s *scanner) summary() error {
	findings, unknown := s.result.Count()
	if s.others > 0 {
		say(s.talk, "%s in directories left out: %v", counted(s.others, "file"), source.ErrOther)
	}
	say(s.talk, "%s: %s, %d unknown,%s %d not read%s", counted(s.files-s.others, "file"), counted(findings, "finding"), unknown, s.suppressions(), len(s.result.Errors), s.partly())
	switch {
	case len(s.result.Errors) > 0:
		return exit{code: exitUnusable}
	case findings > 0:
		return exit{code: exitFindings}
	}
	return nil
}
