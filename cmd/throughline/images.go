package main

import (
	"fmt"
	"maps"
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
			cfg, err := loader.Load(sources())
			if err != nil {
				return usage(err)
			}
			if cfg.DryRun {
				return inconclusive(e2e.Plan(cmd.Context(), s.out, cfg))
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
