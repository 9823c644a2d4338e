package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/demo"
	"github.com/firewarden/firewarden/pkg/local/cloud"
)

// exitFailed is the exit code of a demo that did not go as it should.
const exitFailed = 1

func demoCommand() *cobra.Command {
	var o cloudOptions
	patience := 30 * time.Second
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch bad security groups close and a bad task definition be corrected, on the local cloud",
		Long: "Starts a local cloud from template.yaml, makes bad security groups and a bad task definition as any client would, and prints what\n" +
			"happens by itself, with the time from call to outcome. Ends with code 1 if anything is not as it should be.\n" +
			"Needs the built functions (make build) and the Python environment (make venv): make demo does all of it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			c, err := o.up(ctx, cmd, 0)
			if err != nil {
				return exit{code: exitUnusable, err: err}
			}
			defer c.Close()
			if err := demo.Run(ctx, demo.Options{Cloud: c, Out: cmd.OutOrStdout(), Patience: patience}); err != nil {
				return exit{code: exitFailed, err: err}
			}
			return nil
		},
	}
	o.flags(cmd)
	cmd.Flags().DurationVar(&patience, "patience", patience, "how long a step may take")
	return cmd
}

// interruptible is a context that ends with Ctrl-C or a request to end.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}

// cloudOptions are the flags of the commands that start a local cloud.
type cloudOptions struct {
	root, region string
	verbose      bool
}

func (o *cloudOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.root, "root", ".", "FireWarden's own folder, with template.yaml, .venv and bin")
	cmd.Flags().StringVar(&o.region, "region", "eu-west-1", "the Region that the cloud plays")
	cmd.Flags().BoolVar(&o.verbose, "verbose", false, "print the functions' logs on stderr")
}

func (o *cloudOptions) up(ctx context.Context, cmd *cobra.Command, port int) (*cloud.Cloud, error) {
	start := cloud.Options{
		Root: o.root, Region: o.region, Port: port,
		Warn: func(format string, args ...any) { say(cmd.ErrOrStderr(), format, args...) },
	}
	if o.verbose {
		start.Log = cmd.ErrOrStderr()
	}
	return cloud.Up(ctx, start)
}
