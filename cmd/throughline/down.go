package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/progress"
)

func downCommand(s streams) *cobra.Command {
	loader := config.NewLoader()
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove a kept cluster and its engine",
		Long: `Removes the cluster and the private engine of a name, whether a run kept them or
was killed before it could clean up. Images stay in the cache. An existing cluster
and an engine of yours are not touched.`,
		Example: `  throughline down
  throughline down --name second`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loader.Load(sources())
			if err != nil {
				return usage(err)
			}
			if cfg.Provider != config.Kind {
				return usage(errors.New("down removes clusters that throughline made; an existing one is yours"))
			}
			if cfg.DryRun {
				_, err = fmt.Fprintf(s.out, "would remove the cluster and the engine %s\n", cfg.Name)
				return inconclusive(err)
			}
			shown := progress.Start(cmd.Context(), s.err, progressOptions())
			err = e2e.Down(cmd.Context(), cfg, shown)
			shown.Close()
			return inconclusive(err)
		},
	}
	loader.AddFlags(cmd.Flags())
	return cmd
}
