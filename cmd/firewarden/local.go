package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// localPort is where the local cloud listens unless told otherwise.
const localPort = 4224

func localCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run FireWarden on a local cloud",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(localUpCommand())
	return cmd
}

func localUpCommand() *cobra.Command {
	var o cloudOptions
	port := localPort
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start the local cloud and leave it running until Ctrl-C",
		Long: "Starts a moto server, makes the resources of template.yaml on it, and runs the built functions behind their queues. Any AWS client can\n" +
			"use it: the exports that a client needs are printed on stdout. Ctrl-C ends everything it started.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			c, err := o.up(ctx, cmd, port)
			if err != nil {
				return exit{code: exitUnusable, err: err}
			}
			defer c.Close()
			lines, err := c.Exports(ctx)
			if err != nil {
				return exit{code: exitUnusable, err: err}
			}
			for _, l := range lines {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), "export "+l); err != nil {
					return err
				}
			}
			say(cmd.ErrOrStderr(), "the local cloud is up in %s: paste the lines above into another shell; Ctrl-C ends it", o.region)
			say(cmd.ErrOrStderr(), "notices go to %s; a sweep is a message to %s", c.Topic(), c.Physical("AuditQueue"))
			<-ctx.Done()
			say(cmd.ErrOrStderr(), "ending the local cloud")
			return nil
		},
	}
	o.flags(cmd)
	cmd.Flags().IntVar(&port, "port", port, "where clients connect; 0 is any free port")
	return cmd
}
