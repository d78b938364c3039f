package matrix

import (
	"maps"
	"slices"
)

// Coverage is what the planned cells cover of what can be covered.
type Coverage struct {
	Reduce Reduction `json:"reduce"`
	// Of is what is counted: "pairs" of values of two axes, or "values" where there is one axis.
	Of string `json:"of"`
	// Covered of Feasible are in a planned cell. Possible are all, those among them that the
	// excludes keep apart.
	Covered  int `json:"covered"`
	Feasible int `json:"feasible"`
	Possible int `json:"possible"`
	// Cells are planned, of Product that all values make, of which Excluded are left out. Outside are
	// included ones with values that the axes do not have.
	Cells    int `json:"cells"`
	Product  int `json:"product"`
	Excluded int `json:"excluded"`
	Outside  int `json:"outside"`
}

// choose picks the cells of the matrix, in its order, and says what they cover.
//
// The reduction is a greedy one. The cells that must be there come first; each further cell is the
// one that covers most of what is still open, the first of several in the order of the matrix. So
// it ends with every feasible pair covered, and the same matrix gives the same cells. It takes
// at most 1 + ln(pairs of one cell) times as many cells as the fewest (Johnson 1974).
func choose(m Matrix) ([]Cell, Coverage) {
	feasible := m.feasible()
	c := newCovering(m, feasible)
	coverage := Coverage{
		Reduce: m.Reduce, Of: "pairs", Feasible: c.left, Possible: c.possible(), Product: m.size(maxProduct),
	}
	coverage.Excluded = coverage.Product - len(feasible)
	if len(m.Axes()) == 1 {
		coverage.Of = "values"
	}
	c.include()
	if m.Reduce == All {
		for _, cell := range feasible {
			c.take(cell)
		}
	}
	for c.left > 0 {
		c.take(c.best(Cell{}))
	}
	chosen := slices.SortedFunc(maps.Keys(c.chosen), m.order)
	coverage.Covered, coverage.Cells = coverage.Feasible-c.left, len(chosen)
	for _, cell := range chosen {
		if slices.Contains(c.places(cell), nowhere) {
			coverage.Outside++
		}
	}
	return chosen, coverage
}

// nowhere is the place of a value that its axis does not have.
const nowhere = -1

// covering chooses cells and knows which pairs of values are still open. Where the matrix has
// one axis, a value is a pair with itself.
type covering struct {
	matrix Matrix
	axes   []Axis
	pairs  []axisPair
	// feasible are the cells to choose from, has the pairs of each.
	feasible []Cell
	has      [][]int
	// open is true for a pair that a feasible cell has and no chosen one; left is how many are.
	open   []bool
	left   int
	chosen map[Cell]bool
}

// axisPair are two axes by their place among those of the matrix.
type axisPair struct {
	a, b int
	// base is where their pairs of values begin, width how many values the second one has.
	base, width int
}

func newCovering(m Matrix, feasible []Cell) *covering {
	c := &covering{matrix: m, axes: m.Axes(), feasible: feasible, chosen: map[Cell]bool{}}
	size := 0
	for a := range c.axes {
		for b := a; b < len(c.axes); b++ {
			if a == b && len(c.axes) > 1 {
				continue
			}
			width := len(m.Values[c.axes[b]])
			c.pairs = append(c.pairs, axisPair{a, b, size, width})
			size += len(m.Values[c.axes[a]]) * width
		}
	}
	c.open = make([]bool, size)
	for _, cell := range feasible {
		pairs := c.of(cell)
		c.has = append(c.has, pairs)
		for _, pair := range pairs {
			if !c.open[pair] {
				c.open[pair] = true
				c.left++
			}
		}
	}
	return c
}

// possible is how many pairs there are, the ones among them that are not feasible.
func (c *covering) possible() int {
	if len(c.axes) == 1 {
		return len(c.matrix.Values[c.axes[0]])
	}
	return len(c.open)
}

// places are those of the cell's values on their axes.
func (c *covering) places(cell Cell) []int {
	places := make([]int, len(c.axes))
	for i, a := range c.axes {
		places[i] = slices.Index(c.matrix.Values[a], cell[a])
	}
	return places
}

// of are the pairs that a cell has.
func (c *covering) of(cell Cell) []int {
	places := c.places(cell)
	pairs := make([]int, 0, len(c.pairs))
	for _, p := range c.pairs {
		if places[p.a] != nowhere && places[p.b] != nowhere {
			pairs = append(pairs, p.base+places[p.a]*p.width+places[p.b])
		}
	}
	return pairs
}

func (c *covering) take(cell Cell) {
	c.chosen[cell] = true
	for _, pair := range c.of(cell) {
		if c.open[pair] {
			c.open[pair] = false
			c.left--
		}
	}
}

// best is the first of the feasible cells of partial that cover most of what is open.
func (c *covering) best(partial Cell) Cell {
	var best Cell
	most := -1
	for i, cell := range c.feasible {
		gain := 0
		for _, pair := range c.has[i] {
			if c.open[pair] {
				gain++
			}
		}
		if gain > most && cell.Matches(partial) {
			best, most = cell, gain
		}
	}
	return best
}

// include chooses the cells that must be there: whole ones, and for each partial one that none of
// those matches, the best of the feasible cells that do.
func (c *covering) include() {
	for _, cell := range c.matrix.Include {
		if c.matrix.whole(cell) {
			c.take(cell)
		}
	}
	for _, partial := range c.matrix.Include {
		there := false
		for cell := range c.chosen {
			there = there || cell.Matches(partial)
		}
		if !there {
			c.take(c.best(partial))
		}
	}
}
