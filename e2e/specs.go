package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// spec is one check, or one control of a check.
type spec struct {
	check   suites.Check
	control *suites.Control
}

// traffic is what the spec sends, sabotaged if it is a control.
func (s spec) traffic() suites.Traffic {
	traffic := s.check.Traffic
	if s.control != nil && s.control.Sabotage != nil {
		s.control.Sabotage(&traffic)
	}
	return traffic
}

func (s spec) title() string {
	if s.control != nil {
		return s.check.Name() + " control: " + s.control.Name
	}
	return s.check.Name() + " " + s.check.Title
}

func (s spec) run(ctx context.Context, sender suites.Sender) suites.Outcome {
	if s.control != nil {
		return suites.RunControl(ctx, sender, s.check, *s.control)
	}
	return suites.Run(ctx, sender, s.check)
}

// specsOf lists the checks, each followed by its controls.
func specsOf(checks []suites.Check) []spec {
	var all []spec
	for _, check := range checks {
		all = append(all, spec{check: check})
		for i := range check.Controls {
			all = append(all, spec{check: check, control: &check.Controls[i]})
		}
	}
	return all
}

// setting is what a spec needs of the mesh.
type setting struct {
	Mesh      traces.Mesh
	Before    []traces.Mesh
	Manifests []manifests.Manifest
}

// byMesh groups specs by the configuration that they need, so that the mesh is
// configured once a group. Groups and specs keep the order in which they are given.
func byMesh(specs []spec) ([][]spec, error) {
	var groups [][]spec
	index := map[string]int{}
	for _, s := range specs {
		traffic := s.traffic()
		key, err := json.Marshal(setting{traffic.Mesh, traffic.Before, traffic.Manifests})
		if err != nil {
			return nil, fmt.Errorf("group %s by its mesh: %w", s.title(), err)
		}
		i, known := index[string(key)]
		if !known {
			i = len(groups)
			index[string(key)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups, nil
}

// declare makes a Ginkgo container of each group, with its specs in an order drawn from
// seed, and hands every outcome with the time that it took to record. A spec ends when
// Ginkgo's context does, and when ctx does.
func declare(ctx context.Context, sender suites.Sender, groups [][]spec, seed int64, timeout time.Duration, record func(spec, suites.Outcome, time.Duration)) {
	random := rand.New(rand.NewPCG(uint64(seed), 0)) //nolint:gosec // an order, not a secret
	for _, group := range groups {
		group = slices.Clone(group)
		random.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
		Describe("with "+group[0].traffic().Mesh.String(), Ordered, ContinueOnFailure, func() {
			for _, s := range group {
				It(s.title(), Label(labels(s.check)...), func(own SpecContext) {
					either, cancel := context.WithCancel(own)
					defer cancel()
					defer context.AfterFunc(ctx, cancel)()
					start := time.Now()
					out := s.run(either, sender) //nolint:contextcheck // It ends with both contexts.
					record(s, out, time.Since(start))
					if out.Verdict != reports.Passed {
						Fail(string(out.Verdict) + ": " + out.Reason)
					}
				}, SpecTimeout(timeout))
			}
		})
	}
}
