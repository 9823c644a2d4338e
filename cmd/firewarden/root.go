package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit codes. When files are scanned, unusable input wins over findings.
const (
	exitFindings = 1
	exitUnusable = 2
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit ends a command with a code of its own. A command that has said everything returns one without an error.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// say writes a line of talk. Where talk cannot be written there is nowhere left to say so.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}

// root is the command that all others hang from; connect is how they reach a deployed stack.
func root(s streams, connect connector) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "firewarden",
		Short: "FireWarden keeps ECS FireLens setups correct and closed",
		Long: "FireWarden keeps ECS FireLens setups correct and closed.\n\n" +
			"Exit codes: 0 done, nothing found; 1 findings, or refused; 2 unusable input or usage.",
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	cmd.AddCommand(scanCommand(), rulesCommand(), explainCommand(), policyCommand(), versionCommand(), localCommand(), demoCommand())
	cmd.AddCommand(auditCommand(connect), findingsCommand(connect), remediationsCommand(connect), undoCommand(connect), reportCommand(connect))
	return cmd
}

// run executes the command line and returns the exit code. An error that is no exit is one of usage.
func run(args []string, s streams) int { return runOn(dial, args, s) }

func runOn(connect connector, args []string, s streams) int {
	cmd := root(s, connect)
	cmd.SetArgs(args)
	err := cmd.Execute()
	if err == nil {
		return 0
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{code: exitUnusable, err: fmt.Errorf("%w\nRun 'firewarden --help' for usage", err)}
	}
	if e.err != nil {
		say(s.err, "firewarden: %v", e.err)
	}
	return e.code
}
