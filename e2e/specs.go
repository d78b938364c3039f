package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
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
	// round is how many times it has come, itself included, where a run does everything
	// several times; else it is 0 or 1.
	round int
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
	title := s.check.Name() + " " + s.check.Title
	if s.control != nil {
		title = s.check.Name() + " control: " + s.control.Name
	}
	if s.round > 1 {
		title += fmt.Sprintf(" (round %d)", s.round)
	}
	return title
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

func (s spec) setting() setting {
	traffic := s.traffic()
	return setting{traffic.Mesh, traffic.Before, traffic.Manifests}
}

// String names the setting as a reader knows it.
func (s setting) String() string {
	text := s.Mesh.String()
	for _, m := range s.Manifests {
		text += ", " + m.Name
	}
	for _, before := range s.Before {
		text += ", before that " + before.String()
	}
	return text
}

// byMesh groups specs by the configuration that they need, so that the mesh is
// configured once a group. Groups and specs keep the order in which they are given.
func byMesh(specs []spec) ([][]spec, error) {
	var groups [][]spec
	index := map[string]int{}
	for _, s := range specs {
		key, err := json.Marshal(s.setting())
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

// declaration is what becomes Ginkgo specs.
type declaration struct {
	lab    batchSender
	groups [][]spec
	// subject decides which specs are skipped.
	subject suites.Subject
	// seed makes the order. rounds is how often everything is done.
	seed   int64
	rounds int
	// alone sends for each check by itself, also where it could be sent with others.
	alone   bool
	timeout time.Duration
	record  func(spec, suites.Outcome, time.Duration)
}

// declare makes a Ginkgo container of each group, with its specs in an order drawn from
// the seed, and hands every outcome with the time that it took to record. A spec ends
// when Ginkgo's context does, and when ctx does.
func (d declaration) declare(ctx context.Context) {
	random := rand.New(rand.NewPCG(uint64(d.seed), 0)) //nolint:gosec // an order, not a secret
	for round := range d.rounds {
		for _, group := range d.groups {
			var able []spec
			for _, s := range group {
				if s.round = round + 1; d.subject.Lacks(s.check.Needs) == "" {
					able = append(able, s)
				} else {
					d.skip(s)
				}
			}
			if len(able) == 0 {
				continue
			}
			inOrder := batches(able, random, d.alone)
			Describe("with "+group[0].setting().String(), Ordered, ContinueOnFailure, func() {
				for i, b := range inOrder {
					source := &shared{lab: d.lab, batch: b, later: ahead(inOrder[i+1:])}
					for _, one := range b {
						for _, s := range one.specs {
							d.it(ctx, s, source.of(one))
						}
					}
				}
			})
		}
	}
}

// it is the Ginkgo spec of one spec.
func (d declaration) it(ctx context.Context, s spec, source *turn) {
	It(s.title(), Label(labels(s.check)...), func(own SpecContext) {
		either, cancel := context.WithCancel(own)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		began := time.Now()
		out := s.run(either, source) //nolint:contextcheck // It ends with both contexts.
		d.record(s, out, time.Since(began)-source.waited+source.share)
		if out.Verdict != reports.Passed {
			Fail(string(out.Verdict) + ": " + out.Reason)
		}
	}, SpecTimeout(d.timeout))
}

// skip is a Ginkgo spec that says why it is none.
func (d declaration) skip(s spec) {
	It(s.title(), Label(labels(s.check)...), func() {
		reason := d.subject.Lacks(s.check.Needs)
		d.record(s, suites.Outcome{Verdict: reports.Skipped, Reason: reason}, 0)
		Skip(reason)
	})
}
