package traces

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxDerived bounds a derived forest, and maxOutcomes how many ways a request may
// take: a topology beyond them is a mistake, not a test.
const (
	maxDerived  = 100_000
	maxOutcomes = 4_096
)

// Outcome is one forest that a request may leave, and how likely that is.
type Outcome struct {
	Forest Forest
	// Status is what the caller gets.
	Status int
	// Probability is exact: the outcomes of a request sum to 1.
	Probability float64
}

// Derive is the forest that one request through t must leave where every open
// decision favours it: whoever draws at a percentage above 0 samples, and the first
// version of a service serves. Where nothing is open it is the only outcome. It fails
// for a topology, a mesh or a request that is not valid.
//
// The rules, each with its source beside the code that applies it (see contextHeaders and
// derivation), are those of Istio 1.31 with Envoy 1.40, and each is pinned by evidence
// that was recorded on a live mesh (testdata/recorded).
func Derive(t Topology, m Mesh, r Request) (Forest, error) {
	d, err := newDerivation(t, m)
	if err != nil {
		return nil, err
	}
	if _, err := d.run(r); err != nil {
		return nil, err
	}
	return d.forest(), nil
}

// Outcomes is every forest that one request may leave, in a fixed order, with its
// probability: all combinations of what proxies draw and of the versions that serve.
// Proxies that see the same request id draw the same number, so that one that samples
// 10 % never samples what one at 50 % refuses.
func Outcomes(t Topology, m Mesh, r Request) ([]Outcome, error) {
	d, err := newDerivation(t, m)
	if err != nil {
		return nil, err
	}
	var all []Outcome
	at := map[string]int{}
	for runs := 0; ; runs++ {
		if runs == maxOutcomes {
			return nil, fmt.Errorf("derive %s: more than %d ways for one request; make fewer calls to services with versions, or sample at 0 or 100 %%", t.Name, maxOutcomes)
		}
		status, err := d.run(r)
		if err != nil {
			return nil, err
		}
		o := Outcome{Forest: d.forest(), Status: status, Probability: d.choices.probability()}
		key := fmt.Sprint(status, o.Forest.canonical())
		if i, ok := at[key]; ok {
			all[i].Probability += o.Probability
		} else {
			at[key] = len(all)
			all = append(all, o)
		}
		if !d.choices.next() {
			return all, nil
		}
	}
}

// Answer is the status that the client of t sees where no proxy interferes: what the
// entry service answers. It fails for a topology that is not valid.
func (t Topology) Answer() (int, error) {
	d, err := newDerivation(t, Mesh{})
	if err != nil {
		return 0, errors.Join(errors.New("answer of a topology that is not valid"), err)
	}
	return d.run(Request{Bare: true})
}

// choices are the open decisions of one run, in the order in which they came up. The
// same run with the same decisions meets the same choices, so that counting through
// the last ones first visits every combination once.
type choices struct {
	taken   []choice
	decided int
}

type choice struct {
	weights []float64
	at      int
}

// choose is the index of one of the weights, which are all above 0.
func (c *choices) choose(weights []float64) int {
	if c.decided == len(c.taken) {
		c.taken = append(c.taken, choice{weights: weights})
	}
	c.decided++
	return c.taken[c.decided-1].at
}

func (c *choices) probability() float64 {
	p := 1.0
	for _, one := range c.taken {
		sum := 0.0
		for _, w := range one.weights {
			sum += w
		}
		p *= one.weights[one.at] / sum
	}
	return p
}

// next goes on to another combination, or is false after the last.
func (c *choices) next() bool {
	c.decided = 0
	for len(c.taken) > 0 {
		last := &c.taken[len(c.taken)-1]
		if last.at++; last.at < len(last.weights) {
			return true
		}
		c.taken = c.taken[:len(c.taken)-1]
	}
	return false
}

// growing is a span that a proxy or an application began, stored or not.
type growing struct {
	self   Node
	parent *growing
	// remote is true where the parent is of the caller's own tracer.
	remote          bool
	sampled, stored bool
}

// forest is what was stored in the run. A span whose parent is not stored goes below
// the nearest ancestor that is, as an orphan.
func (d *derivation) forest() Forest {
	below := map[*growing][]*growing{}
	for _, g := range d.spans {
		if !g.stored {
			continue
		}
		ancestor := g.parent
		for ancestor != nil && !ancestor.stored {
			ancestor = ancestor.parent
		}
		g.self.Orphan = g.remote || ancestor != g.parent
		below[ancestor] = append(below[ancestor], g)
	}
	var nodes func(parent *growing) []Node
	nodes = func(parent *growing) []Node {
		var out []Node
		for _, g := range below[parent] {
			n := g.self
			n.Children = nodes(g)
			out = append(out, n)
		}
		return out
	}
	return nodes(nil)
}

// canonical is a text that two forests share exactly when they are equal but for the
// order of siblings.
func (f Forest) canonical() string {
	parts := make([]string, 0, len(f))
	for _, n := range f {
		failed := "?"
		if n.Error != nil {
			failed = fmt.Sprint(*n.Error)
		}
		parts = append(parts, fmt.Sprintf("%q %q %q %q %q %t %d %s %q [%s]", n.Service, n.Namespace, n.Kind, n.To, n.Via,
			n.Orphan, n.Status, failed, n.Flags, Forest(n.Children).canonical()))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
