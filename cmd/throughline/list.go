package main

import (
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
	var output string
	cmd := &cobra.Command{
		Use:   "list [ID|AREA]...",
		Short: "List the checks with their negative controls",
		Long: `Lists what throughline checks. Each check stands with the sabotages that must make
it fail: the findings in brackets are what each of them must lead to.`,
		Example: `  throughline list
  throughline list sampling
  throughline list P01 -o json`,
		RunE: func(_ *cobra.Command, args []string) error {
			all := e2e.Catalogue(config.Default().Alpha)
			for _, arg := range args {
				if !slices.ContainsFunc(e2e.Selectors(all), func(name string) bool { return strings.EqualFold(name, arg) }) {
					return usage(fmt.Errorf("%q is no check and no area; expected one of %s", arg, strings.Join(e2e.Selectors(all), ", ")))
				}
			}
			entries := e2e.List(e2e.Select(all, args))
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
	return cmd
}

func table(s streams, entries []e2e.Listed) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Name, e.Area, e.Title)
		for _, c := range e.Controls {
			fmt.Fprintf(w, "\t  control\t%s (%s)\n", c.Name, strings.Join(c.Finds, ", "))
		}
		if e.NoControl != "" {
			fmt.Fprintf(w, "\t  no control\t%s\n", e.NoControl)
		}
	}
	return w.Flush()
}
