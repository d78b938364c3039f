package main

import (
	"github.com/spf13/cobra"

	"github.com/throughline/throughline/clusters/engine"
)

// forwardCommand is for the engine, which starts it as a process of its own.
func forwardCommand() *cobra.Command {
	var netns, listen, to string
	cmd := &cobra.Command{
		Use:    engine.ForwardVerb,
		Short:  "Pass connections on into an engine's network namespace",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inconclusive(engine.ServeForwarder(cmd.Context(), listen, netns, to))
		},
	}
	cmd.Flags().StringVar(&netns, "netns", "", "name of the network namespace")
	cmd.Flags().StringVar(&listen, "listen", "", "address on the host")
	cmd.Flags().StringVar(&to, "to", "", "address in the namespace")
	return cmd
}
