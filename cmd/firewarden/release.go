package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/report"
)

// exitRefused is the exit code of a command that declined to do what it was asked, or could not carry it through.
const exitRefused = 1

const releaseHelp = `End the contest of a finding's rule on its resource: FireWarden stopped remediating
it because someone kept undoing that. What led to the contest is forgotten, and all
findings of that rule on that resource are open again. Nothing else changes now; the
next event about the resource, or the next sweep, remediates them as the policy says.
` + connectHelp + `

Exit codes: 0 released; 1 refused: there is no such finding, or it is not contested;
2 wrong usage, or the ledger could not be read or written.`

func releaseCommand(c *connection, connect connector) *cobra.Command {
	return &cobra.Command{
		Use:     "release ID",
		Short:   "End the contest of a finding, so that it is remediated again",
		Long:    releaseHelp,
		Example: "  firewarden findings release 0f3c5d0b2a9e4c1d8e7f6a5b4c3d2e1f",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.at(cmd, connect, func(ctx context.Context, s site) error { return release(ctx, cmd, s, args[0]) })
		},
	}
}

func release(ctx context.Context, cmd *cobra.Command, s site, id string) error {
	resources, err := s.ledger.Resources(ctx)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	f, ok := find(resources, id)
	if !ok {
		return refused("releasing %s: the ledger has no such finding: 'firewarden findings --all' lists them", report.Inert(id))
	}
	r, was, err := s.ledger.EndContest(ctx, f.Resource, f.Rule, s.now())
	switch {
	case err != nil:
		return exit{code: exitUnusable, err: fmt.Errorf("releasing %s: %w", id, err)}
	case !was:
		return refused("releasing %s: %s is not contested on %s, the finding is %s: there is nothing to release", id, f.Rule, report.Inert(f.Resource), f.State)
	}
	return released(cmd, s.now(), f, r)
}

func released(cmd *cobra.Command, now time.Time, f ledger.Finding, r ledger.Resource) error {
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "released %s on %s\n", f.Rule, report.Inert(f.Resource)); err != nil {
		return err
	}
	say(cmd.ErrOrStderr(), "The next event about it, or the next sweep, remediates it again as the policy says.")
	if h, held := r.Held(f.Rule, now); held {
		say(cmd.ErrOrStderr(), "Not before %s, though: %s, and that holds until then.", report.Moment(h.Until), report.Inert(h.Why))
	}
	return nil
}

func find(resources []ledger.Resource, id string) (ledger.Finding, bool) {
	for _, r := range resources {
		if f, ok := r.Findings[id]; ok {
			return f, true
		}
	}
	return ledger.Finding{}, false
}

// refused is the end of a command that declined.
func refused(format string, args ...any) error {
	return exit{code: exitRefused, err: fmt.Errorf(format, args...)}
}
