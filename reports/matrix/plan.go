package matrix

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// Plan is what follows from a matrix: which cells are tested, at what cost, by whom.
type Plan struct {
	// Axes are those of the matrix.
	Axes     []Axis    `json:"-"`
	Cells    []Planned `json:"cells"`
	Coverage Coverage  `json:"coverage"`
	// Seconds is the cost of all cells together.
	Seconds float64 `json:"seconds"`
	// Shards share the cells; nil where every cell stands by itself.
	Shards []Shard `json:"shards,omitempty"`
	// Makespan is how long the shards take that work side by side, Bound what no assignment of whole
	// cells falls below. Both are in seconds, and 0 without shards.
	Makespan float64 `json:"makespan,omitempty"`
	Bound    float64 `json:"bound,omitempty"`
}

// Planned is one cell of a plan.
type Planned struct {
	Name string `json:"name"`
	Cell Cell   `json:"cell"`
	// Cluster is the name of its cluster.
	Cluster string `json:"cluster"`
	// Args are the arguments of `throughline run` that test it; Flags are those among them that come
	// from the settings, without their dashes.
	Args  []string          `json:"args"`
	Flags map[string]string `json:"-"`
	// Included is true for a cell that an include of the matrix matches, a whole one or a partial one.
	Included bool `json:"included,omitempty"`
	Cost     Cost `json:"cost"`
}

// Cost is how long a cell takes.
type Cost struct {
	Seconds float64 `json:"seconds"`
	// From says where that is known from, and Results of how many results it is the median.
	From    CostSource `json:"from"`
	Results int        `json:"results,omitempty"`
}

// CostSource says where a cost is known from.
type CostSource string

// The sources, the best first.
const (
	// SameSubject: runs of the same cell and the same checks.
	SameSubject CostSource = "same subject"
	// OtherSubjects: runs of other cells and the same checks.
	OtherSubjects CostSource = "other subjects"
	// ByDefault: the matrix file.
	ByDefault CostSource = "default"
)

// Shard is the share of one runner.
type Shard struct {
	Name string `json:"name"`
	// Cells are the names of its cells, in the order of the plan.
	Cells   []string `json:"cells"`
	Seconds float64  `json:"seconds"`
}

// NewPlan plans the cells of the matrix. Their cost is learned from former results: the median of
// those of the same subject and the same checks, else of those of the same checks, else what the
// matrix says. Shards is how many runners share them, 0 where every cell stands by itself; no shard
// is empty.
func NewPlan(m Matrix, former []Stored, shards int) Plan {
	cells, coverage := choose(m)
	plan := Plan{Axes: m.Axes(), Cells: []Planned{}, Coverage: coverage}
	for _, c := range cells {
		flags := m.flags(c)
		p := Planned{
			Name: c.Name(), Cell: c, Cluster: c.Cluster(), Args: arguments(c, flags), Flags: flags,
			Included: slices.ContainsFunc(m.Include, c.Matches),
		}
		p.Cost = p.cost(former, m.Cost)
		plan.Cells = append(plan.Cells, p)
		plan.Seconds += p.Cost.Seconds
	}
	if shards > 0 {
		plan.share(min(shards, len(plan.Cells)))
	}
	return plan
}

func (p Planned) cost(former []Stored, standard time.Duration) Cost {
	var same, others []float64
	for _, r := range former {
		if !r.Whole() || !p.sameWork(r.Result) {
			continue // It says nothing of how long the whole takes.
		}
		took := reports.Seconds(max(0, r.Finished.Sub(r.Started)))
		others = append(others, took)
		if SubjectOf(r.Result).Matches(p.Cell) {
			same = append(same, took)
		}
	}
	switch {
	case len(same) > 0:
		return Cost{median(same), SameSubject, len(same)}
	case len(others) > 0:
		return Cost{median(others), OtherSubjects, len(others)}
	default:
		return Cost{Seconds: standard.Seconds(), From: ByDefault}
	}
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// share assigns the cells to n shards, the longest first, each to the shard that has least (LPT).
// It takes at most 4/3 - 1/(3n) times as long as the best assignment (Graham 1969).
func (p *Plan) share(n int) {
	p.Shards = make([]Shard, n)
	owner, held := map[string]int{}, make([]int, n)
	longest := slices.Clone(p.Cells)
	slices.SortStableFunc(longest, func(a, b Planned) int { return cmp.Compare(b.Cost.Seconds, a.Cost.Seconds) })
	for _, c := range longest {
		least := 0
		for i, s := range p.Shards {
			if cmp.Or(cmp.Compare(s.Seconds, p.Shards[least].Seconds), cmp.Compare(held[i], held[least])) < 0 {
				least = i
			}
		}
		owner[c.Name] = least
		held[least]++
		p.Shards[least].Seconds += c.Cost.Seconds
	}
	for _, c := range p.Cells {
		s := &p.Shards[owner[c.Name]]
		s.Cells = append(s.Cells, c.Name)
	}
	for i := range p.Shards {
		p.Shards[i].Name = fmt.Sprintf("shard-%d", i+1)
		p.Makespan = math.Max(p.Makespan, p.Shards[i].Seconds)
	}
	p.Bound = math.Max(p.Seconds/float64(n), longest[0].Cost.Seconds)
}

// shardOf is the name of the shard that has the cell.
func (p Plan) shardOf(cell string) string {
	for _, s := range p.Shards {
		if slices.Contains(s.Cells, cell) {
			return s.Name
		}
	}
	return ""
}

// Select are the cells whose name is one of names, or matches one as a pattern of path.Match, in
// the order of the plan; all where names is empty. A name that matches none is an error.
func (p Plan) Select(names []string) ([]Planned, error) {
	if len(names) == 0 {
		return p.Cells, nil
	}
	chosen := map[string]bool{}
	for _, name := range names {
		found := false
		for _, c := range p.Cells {
			matched, err := path.Match(name, c.Name)
			if err != nil {
				return nil, fmt.Errorf("%q is no pattern: %w", name, err)
			}
			if matched {
				chosen[c.Name], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no cell %q; there are %s", name, strings.Join(p.names(), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Cells), func(c Planned) bool { return !chosen[c.Name] }), nil
}

func (p Plan) names() []string {
	names := make([]string, 0, len(p.Cells))
	for _, c := range p.Cells {
		names = append(names, c.Name)
	}
	return names
}
