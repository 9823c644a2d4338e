package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const scanHelp = `Scan files with task definitions: JSON as RegisterTaskDefinition takes it, as
DescribeTaskDefinition gives it, wrapped in "taskDefinition", or a bare array of
containers. "-" reads standard input. Directories are not read: name the files.

Findings go to stdout, everything else to stderr. What a file cannot tell (a
template placeholder, what a bare array leaves out) is unknown: it is listed,
with status "unknown", but it is neither pass nor fail and does not change the
exit code.

Exit codes:
  0  nothing found (unknown apart)
  1  findings
  2  a file could not be read or is no task definition, or wrong usage; the
     other files are scanned all the same, and 2 wins over 1`

func scanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scan FILE...",
		Short:   "Scan task definitions in files",
		Long:    scanHelp,
		Example: "  firewarden scan task-definition.json\n  aws ecs describe-task-definition --task-definition web | firewarden scan --format json -",
		Args:    cobra.MinimumNArgs(1),
	}
	f := formatFlag(cmd, "table", "json")
	cmd.RunE = func(cmd *cobra.Command, files []string) error {
		s := scanner{in: cmd.InOrStdin(), talk: cmd.ErrOrStderr()}
		for _, file := range files {
			s.scan(file)
		}
		render := report.Table
		if f.value == "json" {
			render = report.JSON
		}
		if err := render(cmd.OutOrStdout(), s.result); err != nil {
			return exit{exitUnusable, fmt.Errorf("writing the findings: %w", err)}
		}
		return s.summary(len(files))
	}
	return cmd
}

// scanner collects what files hold.
type scanner struct {
	in     io.Reader
	talk   io.Writer
	result report.Result
}

func (s *scanner) scan(file string) {
	resources, err := s.read(file)
	if err != nil {
		s.result.Errors = append(s.result.Errors, report.Error{File: file, Message: err.Error()})
		say(s.talk, "%s: %s", report.Inert(file), report.Inert(err.Error()))
		return
	}
	for _, r := range resources {
		for _, p := range r.Unread {
			say(s.talk, "%s:%d: not read: %s is no key of the ECS API that this version knows", report.Inert(file), p.Line, report.Inert(p.Path))
		}
		for _, f := range rules.Evaluate(rules.All(), r.Resource, rules.Params{}) {
			s.result.Findings = append(s.result.Findings, report.Finding{Finding: f, File: file, Line: r.At(f.Path).Line})
		}
	}
}

func (s *scanner) read(file string) ([]source.Resource, error) {
	in := s.in
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, cause(err)
		}
		defer func() { _ = opened.Close() }() // read only: nothing can be lost
		if info, err := opened.Stat(); err == nil && info.IsDir() {
			return nil, errors.New("a directory: name its files")
		}
		in = opened
	}
	// One byte more than is read tells a file that is too large.
	data, err := io.ReadAll(io.LimitReader(in, source.MaxBytes+1))
	if err != nil {
		return nil, cause(err)
	}
	return source.Read(file, data)
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

// summary says on stderr what was found, and gives the exit code.
func (s *scanner) summary(files int) error {
	findings, unknown := s.result.Count()
	say(s.talk, "%s: %s, %d unknown, %d not read", counted(files, "file"), counted(findings, "finding"), unknown, len(s.result.Errors))
	switch {
	case len(s.result.Errors) > 0:
		return exit{code: exitUnusable}
	case findings > 0:
		return exit{code: exitFindings}
	}
	return nil
}
