package e2e

import (
	"math/rand/v2"
	"reflect"
	"slices"

	"github.com/throughline/throughline/fixtures/routing"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// sending is traffic that is sent once, with the specs that judge what it leaves: a
// check and its sabotages of the evidence, or one live sabotage.
type sending struct {
	traffic suites.Traffic
	specs   []spec
}

// sendings are those of specs, in the order of the first spec of each.
func sendings(specs []spec) []*sending {
	var all []*sending
	byCheck := map[string]*sending{}
	for _, s := range specs {
		if s.control != nil && s.control.Sabotage != nil {
			all = append(all, &sending{s.traffic(), []spec{s}})
			continue
		}
		own := byCheck[s.check.Name()]
		if own == nil {
			own = &sending{traffic: s.traffic()}
			byCheck[s.check.Name()] = own
			all = append(all, own)
		}
		own.specs = append(own.specs, s)
	}
	return all
}

const (
	// fewTogether is how many requests traffic may have that is sent with others, and
	// mostTogether how many those may have in all: what is sent together is lost together.
	fewTogether  = 200
	mostTogether = 600
)

// sociable says whether other requests may be under way at the same time: they must
// neither be disturbed by these nor change what these are judged by.
func (s *sending) sociable() bool {
	t := s.traffic
	if t.Alone || t.Rate > 0 || t.Timeout > 0 || len(t.Before) > 0 || len(t.Manifests) > 0 || t.Requests > fewTogether {
		return false
	}
	return !slices.ContainsFunc(s.specs, func(s spec) bool { return s.check.Area == suites.Latency }) &&
		!slices.ContainsFunc(t.Samples, func(s suites.Sample) bool { return disturbs(s.Topology) })
}

// disturbs says whether a request through t may reach into other requests, or needs a
// machine that does nothing else.
func disturbs(t traces.Topology) bool {
	return slices.ContainsFunc(t.Services, func(s traces.Service) bool {
		return s.Forward.Mix || s.Work.Queue || s.Work.Fault == traces.Crash
	}) || slices.ContainsFunc(t.Routes, func(r traces.Route) bool { return r.Timeout > 0 })
}

// batch is what is sent together.
type batch []*sending

// takes says whether one more may be sent with the batch.
func (b batch) takes(one *sending) bool {
	total := one.traffic.Requests
	topologies := topologiesOf(one)
	for _, other := range b {
		if !other.sociable() {
			return false
		}
		total += other.traffic.Requests
		topologies = append(topologies, topologiesOf(other)...)
	}
	if total > mostTogether || !one.sociable() {
		return false
	}
	_, err := routing.Resources(topologies...)
	return err == nil
}

func topologiesOf(s *sending) []traces.Topology {
	var all []traces.Topology
	for _, sample := range s.traffic.Samples {
		all = append(all, sample.Topology)
	}
	return all
}

// batches shares specs of one setting out among batches. Batches, sendings and the
// specs of each have an order drawn from random, in which batches of the same routes then
// come together. Where alone is true, each sending is a batch.
func batches(specs []spec, random *rand.Rand, alone bool) []batch {
	specs = slices.Clone(specs)
	random.Shuffle(len(specs), func(i, j int) { specs[i], specs[j] = specs[j], specs[i] })
	var all []batch
	for _, one := range sendings(specs) {
		i := slices.IndexFunc(all, func(b batch) bool { return !alone && b.takes(one) })
		if i < 0 {
			all = append(all, batch{one})
			continue
		}
		all[i] = append(all[i], one)
	}
	return byRoutes(all)
}

// byRoutes puts batches into an order in which each is followed by the next one that
// needs no change of the routes, if there is one.
func byRoutes(all []batch) []batch {
	left, ordered := slices.Clone(all), make([]batch, 0, len(all))
	routed := []traces.Topology{}
	for len(left) > 0 {
		next := max(0, slices.IndexFunc(left, func(b batch) bool {
			return reflect.DeepEqual(routesFor(b.samples(), routed, nil), routed)
		}))
		now := left[next]
		left = slices.Delete(left, next, next+1)
		routed = routesFor(now.samples(), routed, ahead(left))
		ordered = append(ordered, now)
	}
	return ordered
}

// ahead are the samples of batches, each topology once.
func ahead(later []batch) []suites.Sample {
	var all []suites.Sample
	for _, b := range later {
		for _, one := range b.samples() {
			if !slices.ContainsFunc(all, func(s suites.Sample) bool { return reflect.DeepEqual(s.Topology, one.Topology) }) {
				all = append(all, one)
			}
		}
	}
	return all
}

// samples are those of all sendings.
func (b batch) samples() []suites.Sample {
	var all []suites.Sample
	for _, one := range b {
		all = append(all, one.traffic.Samples...)
	}
	return all
}
