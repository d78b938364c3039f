package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/fixtures/topology/draw"
)

func topologiesCommand(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "topologies [NAME]",
		Short: "List the topologies that the checks send requests through, or draw one",
		Long: `Lists the topologies: who calls whom when one request enters, and how each service is
deployed. Each is a file of fixtures/topology; dot and svg draw the one that is named.`,
		Example: `  throughline list topologies
  throughline list topologies cinema -o svg > cinema.svg
  throughline list topologies chain -o yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			chosen := topology.Files()
			if len(args) == 1 {
				all := chosen
				chosen = slices.DeleteFunc(slices.Clone(all), func(n topology.Named) bool { return n.Topology.Name != args[0] })
				if len(chosen) == 0 {
					return usage(fmt.Errorf("there is no topology %q; expected one of %s", args[0], strings.Join(namesOf(all), ", ")))
				}
			}
			return showTopologies(s, chosen, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json, yaml, dot or svg")
	return cmd
}

func namesOf(all []topology.Named) []string {
	names := make([]string, 0, len(all))
	for _, n := range all {
		names = append(names, n.Topology.Name)
	}
	return names
}

func showTopologies(s streams, chosen []topology.Named, output string) error {
	switch output {
	case "table":
		return inconclusive(topologyTable(s, chosen))
	case "json":
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		return inconclusive(encoder.Encode(listed(chosen)))
	case "yaml":
		for i, n := range chosen {
			if i > 0 {
				fmt.Fprintln(s.out, "---")
			}
			fmt.Fprint(s.out, n.Source)
		}
		return nil
	case "dot", "svg":
		if len(chosen) != 1 {
			return usage(fmt.Errorf("--output %s draws one topology; name it, one of %s", output, strings.Join(namesOf(chosen), ", ")))
		}
		if output == "dot" {
			fmt.Fprint(s.out, draw.DOT(chosen[0].Topology))
		} else {
			fmt.Fprint(s.out, draw.SVG(chosen[0].Topology))
		}
		return nil
	default:
		return usage(fmt.Errorf("--output %q: expected table, json, yaml, dot or svg", output))
	}
}

func topologyTable(s streams, chosen []topology.Named) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tENTRY\tSERVICES\tABOUT")
	for _, n := range chosen {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", n.Topology.Name, n.Topology.Entry, len(n.Topology.Services), n.About)
	}
	return w.Flush()
}

// listedTopology is one topology in JSON.
type listedTopology struct {
	Name     string          `json:"name"`
	About    string          `json:"about"`
	Entry    string          `json:"entry"`
	Services []listedService `json:"services"`
}

// listedService is one service in JSON, with all that it may call.
type listedService struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace,omitempty"`
	Versions  []string `json:"versions,omitempty"`
	Calls     []string `json:"calls"`
}

func listed(chosen []topology.Named) []listedTopology {
	all := make([]listedTopology, 0, len(chosen))
	for _, n := range chosen {
		one := listedTopology{Name: n.Topology.Name, About: n.About, Entry: n.Topology.Entry, Services: []listedService{}}
		for _, service := range n.Topology.Services {
			entry := listedService{Name: service.Name, Namespace: service.Namespace, Calls: []string{}}
			steps := slices.Clone(service.Steps)
			for _, v := range service.Versions {
				entry.Versions = append(entry.Versions, v.Name)
				steps = append(steps, v.Steps...)
			}
			for _, call := range slices.Concat(steps...) {
				entry.Calls = append(entry.Calls, call.To)
			}
			one.Services = append(one.Services, entry)
		}
		all = append(all, one)
	}
	return all
}
