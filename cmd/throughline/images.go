package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/progress"
)

func imagesCommand(s streams) *cobra.Command {
	loader := config.NewLoader()
	cmd := &cobra.Command{
		Use:   "images",
		Short: "Build or find the images that a run needs, and list them",
		Long: `Builds the images from source, or finds them in the cache, and lists their
references, digests and versions. A run does the same by itself; this verb does it
ahead of time, for example to fill a cache.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loader.Load(config.Sources{ReadFile: os.ReadFile, Getenv: os.Getenv, Checks: nil})
			if err != nil {
				return usage(err)
			}
			shown := progress.Start(cmd.Context(), s.err, progressOptions())
			set, err := e2e.Images(cmd.Context(), cfg, shown)
			shown.Close()
			if err != nil {
				return inconclusive(err)
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			all := set.Mesh()
			all["node"] = set.Node
			for _, name := range slices.Sorted(maps.Keys(all)) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", name, all[name].Ref, all[name].Digest)
			}
			for _, name := range slices.Sorted(maps.Keys(set.Versions)) {
				fmt.Fprintf(w, "%s\t%s\n", name, set.Versions[name])
			}
			return inconclusive(w.Flush())
		},
	}
	loader.AddFlags(cmd.Flags())
	return cmd
}

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
			cfg, err := loader.Load(config.Sources{ReadFile: os.ReadFile, Getenv: os.Getenv, Checks: nil})
			if err != nil {
				return usage(err)
			}
			if cfg.Provider != config.Kind {
				return usage(errors.New("down removes clusters that throughline made; an existing one is yours"))
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
