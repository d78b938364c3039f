package traces

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// unbounded is an offset that nothing limits. Twice it does not overflow.
const unbounded time.Duration = math.MaxInt64 / 4

// pair are two clocks, a before b.
type pair struct{ a, b int }

// bounds is between which offsets from a's clock b's lies, as seen so far.
type bounds struct{ low, high []time.Duration }

// agreement is the range of offsets that most of the orders of a pair allow: they are
// half-lines, at most high or at least low. Where all meet, it is where they meet. Of
// several such ranges it is the one next to 0.
func (b bounds) agreement() (low, high time.Duration) {
	slices.Sort(b.low)
	slices.Sort(b.high)
	best, at := -1, time.Duration(0)
	try := func(d time.Duration) {
		i, _ := slices.BinarySearch(b.high, d)
		j, _ := slices.BinarySearch(b.low, d+1)
		allowed := len(b.high) - i + j
		if allowed > best || allowed == best && (d.Abs() < at.Abs() || d.Abs() == at.Abs() && d > at) {
			best, at = allowed, d
		}
	}
	try(0)
	for _, d := range b.low {
		try(d)
	}
	for _, d := range b.high {
		try(d)
	}
	low, high = -unbounded, unbounded
	if j, _ := slices.BinarySearch(b.low, at+1); j > 0 {
		low = b.low[j-1]
	}
	if i, _ := slices.BinarySearch(b.high, at); i < len(b.high) {
		high = b.high[i]
	}
	return low, high
}

// limit says that the clock to is at most most ahead of another one.
type limit struct {
	other int
	most  time.Duration
}

// network is what a set of clocks allows of each other.
type network struct {
	clocks []clock
	depth  []int
	// ahead[c] limits by how much c is ahead of others, behind[c] others of c.
	ahead, behind [][]limit
	// apart are the pairs that cannot both be right.
	apart []pair
}

func newNetwork(clocks []clock, depth []int, pairs map[pair]*bounds) (*network, map[pair][2]time.Duration) {
	n := &network{
		clocks: clocks, depth: depth,
		ahead: make([][]limit, len(clocks)), behind: make([][]limit, len(clocks)),
	}
	agreed := make(map[pair][2]time.Duration, len(pairs))
	for p, b := range pairs {
		low, high := b.agreement()
		agreed[p] = [2]time.Duration{low, high}
		// b - a <= high, a - b <= -low.
		n.ahead[p.b] = append(n.ahead[p.b], limit{p.a, high})
		n.behind[p.a] = append(n.behind[p.a], limit{p.b, high})
		n.ahead[p.a] = append(n.ahead[p.a], limit{p.b, -low})
		n.behind[p.b] = append(n.behind[p.b], limit{p.a, -low})
		if low > 0 || high < 0 {
			n.apart = append(n.apart, p)
		}
	}
	slices.SortFunc(n.apart, func(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return n, agreed
}

// clockOffset is by how much a clock is ahead of those that are right.
type clockOffset struct {
	clock     int
	low, high time.Duration
}

// The search for wrong clocks looks at so many of them, and for so many wrong ones.
const (
	maxClocks = 64
	maxWrong  = 3
)

// wrong is every smallest set of clocks that, set by some offset, would explain all
// pairs that are apart, all other clocks being right. It is empty where no set of up to
// three does, and where nothing is apart. Sets of deeper clocks come first.
func (n *network) wrong() [][]clockOffset {
	if len(n.apart) == 0 {
		return nil
	}
	pool := n.pool()
	for size := 1; size <= min(maxWrong, len(pool)); size++ {
		var sets [][]clockOffset
		n.choose(pool, size, nil, func(set []int) {
			if offsets, ok := n.explain(set); ok {
				sets = append(sets, offsets)
			}
		})
		if len(sets) > 0 {
			slices.SortStableFunc(sets, func(a, b []clockOffset) int { return cmp.Compare(n.sum(b), n.sum(a)) })
			return sets
		}
	}
	return nil
}

func (n *network) sum(set []clockOffset) (depth int) {
	for _, o := range set {
		depth += n.depth[o.clock]
	}
	return depth
}

// pool is the clocks to choose from: all, or of too many those that are apart.
func (n *network) pool() []int {
	var pool []int
	for c := range n.clocks {
		pool = append(pool, c)
	}
	if len(pool) <= maxClocks {
		return pool
	}
	pool = pool[:0]
	for _, p := range n.apart {
		pool = append(pool, p.a, p.b)
	}
	slices.Sort(pool)
	pool = slices.Compact(pool)
	return pool[:min(len(pool), maxClocks)]
}

// choose tries every subset of size elements.
func (n *network) choose(pool []int, size int, chosen []int, try func([]int)) {
	if size == 0 {
		try(chosen)
		return
	}
	for i := range pool {
		if len(pool)-i < size {
			return
		}
		n.choose(pool[i+1:], size-1, append(chosen[:len(chosen):len(chosen)], pool[i]), try)
	}
}

// explain gives the offsets of the clocks in set with which every limit holds, all
// others being right: a system of difference constraints, which has a solution if
// and only if its graph has no negative cycle (Cormen et al., section 22.4). The
// shortest paths from and to the right clocks bound the offsets.
func (n *network) explain(set []int) ([]clockOffset, bool) {
	for _, p := range n.apart {
		if !slices.Contains(set, p.a) && !slices.Contains(set, p.b) {
			return nil, false
		}
	}
	// Number 0 stands for all clocks that are right.
	var d [maxWrong + 1][maxWrong + 1]time.Duration
	for i := range d {
		for j := range d {
			if i != j {
				d[i][j] = unbounded
			}
		}
	}
	for i, c := range set {
		for _, l := range n.ahead[c] {
			from := slices.Index(set, l.other) + 1
			d[from][i+1] = min(d[from][i+1], l.most)
		}
		for _, l := range n.behind[c] {
			to := slices.Index(set, l.other) + 1
			d[i+1][to] = min(d[i+1][to], l.most)
		}
	}
	for k := range d {
		for i := range d {
			for j := range d {
				if d[i][k] < unbounded && d[k][j] < unbounded {
					d[i][j] = min(d[i][j], max(d[i][k]+d[k][j], -unbounded))
				}
			}
		}
	}
	offsets := make([]clockOffset, len(set))
	for i := range d {
		if d[i][i] < 0 {
			return nil, false
		}
	}
	for i, c := range set {
		offsets[i] = clockOffset{c, -d[i+1][0], d[0][i+1]}
	}
	return offsets, true
}
