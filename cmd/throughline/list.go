package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
)

func listCommand(s streams) *cobra.Command {
	var output, label, need string
	cmd := &cobra.Command{
		Use:   "list [ID|AREA]...",
		Short: "List the checks with their negative controls",
		Long: `Lists what throughline checks. Each check stands with the sabotages that must make
it fail: the findings in brackets are what each of them must lead to. A check that
needs a feature is skipped, with the reason, on a mesh that lacks it.`,
		Example: `  throughline list
  throughline list sampling
  throughline list --label 'propagation && !P01'
  throughline list --needs 'formatter tags'
  throughline list P01 -o json`,
		RunE: func(_ *cobra.Command, args []string) error {
			all := e2e.Catalogue(config.Default().Alpha)
			for _, arg := range args {
				if !slices.ContainsFunc(e2e.Selectors(all), func(name string) bool { return strings.EqualFold(name, arg) }) {
					return usage(fmt.Errorf("%q is no check and no area; expected one of %s", arg, strings.Join(e2e.Selectors(all), ", ")))
				}
			}
			chosen, err := e2e.Labelled(e2e.Select(all, args), label)
			if err == nil && need != "" {
				chosen, err = e2e.Needing(chosen, need)
			}
			if err != nil {
				return usage(err)
			}
			entries := e2e.List(chosen)
			switch output {
			case "json":
				encoder := json.NewEncoder(s.out)
				encoder.SetIndent("", "  ")
				return inconclusive(encoder.Encode(entries))
			case "text":
				return inconclusive(table(s, entries))
			default:
				return usage(fmt.Errorf("--output %q: expected text or json", output))
			}
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	cmd.Flags().StringVar(&label, "label", "", "list only the checks that match this Ginkgo label filter")
	cmd.Flags().StringVar(&need, "needs", "", "list only the checks that need this feature")
	cmd.AddCommand(topologiesCommand(s))
	return cmd
}

func table(s streams, entries []e2e.Listed) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tAREA\tLABELS\tNEEDS\tWHAT HOLDS")
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Name, e.Area, strings.Join(e.Labels, ","), cmp.Or(strings.Join(e.Needs, ","), "-"), e.Title)
		for _, c := range e.Controls {
			fmt.Fprintf(w, "\t  control\t\t\t%s (%s)\n", c.Name, strings.Join(c.Finds, ", "))
		}
		if e.NoControl != "" {
			fmt.Fprintf(w, "\t  no control\t\t\t%s\n", e.NoControl)
		}
	}
	return w.Flush()
}
