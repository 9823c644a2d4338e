package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/report"
)

// policyHelp is the part of the commands' help that tells which policy they go by.
const policyHelp = `The policy is the default one, overridden key by key by the files named, in their
order, and then by the YAML in FIREWARDEN_POLICY. If one of them is invalid, none counts.`

// policyVariable holds a policy's YAML itself, for commands and functions alike.
const policyVariable = "FIREWARDEN_POLICY"

// policyBytes bounds what is read of a policy's file.
const policyBytes = 1 << 20

// policies are the files that a command's policy is read from.
type policies []string

// flags adds --policy to a command.
func (p *policies) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar((*[]string)(p), "policy", nil, "a `file` with a policy over the default; given twice, the later over the earlier; FIREWARDEN_POLICY over both")
}

// load reads the policy and where its values come from. Its errors are exits.
func (p policies) load() (policy.Policy, policy.Places, error) {
	var sources []policy.Source
	for _, file := range p {
		text, err := policyText(file)
		if err != nil {
			return policy.Policy{}, nil, exit{exitUnusable, fmt.Errorf("reading policy %s: %w", report.Inert(file), err)}
		}
		sources = append(sources, policy.Source{Name: report.Inert(file), Text: text})
	}
	if text := os.Getenv(policyVariable); text != "" {
		sources = append(sources, policy.Source{Name: policyVariable, Text: []byte(text)})
	}
	merged, places, err := policy.Merge(sources...)
	if err != nil {
		return policy.Policy{}, nil, exit{exitUnusable, fmt.Errorf("the policy is invalid:\n%s", inertLines(err))}
	}
	return merged, places, nil
}

// inertLines are an error's lines, each safe to print: a policy's faults quote it.
func inertLines(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, report.Inert(strings.TrimSuffix(line, "\n")))
	}
	return strings.Join(lines, "\n")
}

func policyText(file string) ([]byte, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	defer func() { _ = in.Close() }() // read only: nothing can be lost
	text, err := io.ReadAll(io.LimitReader(in, policyBytes+1))
	switch {
	case err != nil:
		return nil, cause(err)
	case len(text) > policyBytes:
		return nil, errors.New("larger than 1 MiB")
	}
	return text, nil
}
