package traces_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
)

// anyNodes draws trees of few labels, so that siblings are alike and details differ.
func anyNodes(t *rapid.T, depth, most int) []traces.Node {
	nodes := make([]traces.Node, rapid.IntRange(0, most).Draw(t, "siblings"))
	for i := range nodes {
		nodes[i] = traces.Node{
			Service: rapid.SampledFrom([]string{"a", "a", "b"}).Draw(t, "service"),
			Kind:    traces.Client,
			To:      rapid.SampledFrom([]string{"", "x", "x", "y"}).Draw(t, "to"),
			Status:  rapid.SampledFrom([]int{0, 200, 500}).Draw(t, "status"),
			Flags:   rapid.SampledFrom([]string{"", "", traces.NoFlags, "UF"}).Draw(t, "flags"),
		}
		if depth > 0 {
			nodes[i].Children = anyNodes(t, depth-1, 2)
		}
	}
	return nodes
}

// grown are traces of such trees, one for each root.
func grown(roots []traces.Node) []traces.Trace {
	all := make([]traces.Trace, 0, len(roots))
	ids := uint64(0)
	for i, root := range roots {
		trace := traces.Trace{ID: traces.TraceID{1, 14: byte(i >> 8), 15: byte(i)}}
		var add func(n traces.Node, parent traces.SpanID)
		add = func(n traces.Node, parent traces.SpanID) {
			ids++
			s := traces.Span{
				TraceID: trace.ID, Parent: parent, Service: n.Service, Namespace: traces.DefaultNamespace,
				Kind: n.Kind, Status: n.Status, Flags: n.Flags,
			}
			if n.Flags == traces.NoFlags {
				s.Flags = ""
			}
			if n.To != "" {
				s.Name = n.To + ".shop.svc.cluster.local:8080/*"
			}
			binary.BigEndian.PutUint64(s.ID[:], ids)
			trace.Spans = append(trace.Spans, s)
			for _, c := range n.Children {
				add(c, s.ID)
			}
		}
		add(root, traces.SpanID{})
		all = append(all, trace)
	}
	return all
}

// least is the smallest cost of pairing os with es and their children with each
// other, by trying every pairing.
func least(es, os []traces.Node) int {
	if len(es) == 0 {
		return traces.SpanCost * traces.Forest(os).Spans()
	}
	e := es[0]
	best := traces.SpanCost*traces.Forest(es[:1]).Spans() + least(es[1:], os)
	for i, o := range os {
		if e.Service != o.Service || (e.To != "" && o.To != "" && e.To != o.To) {
			continue
		}
		wrong := 0
		if e.Status != 0 && e.Status != o.Status {
			wrong++
		}
		if flags := map[string]string{"": traces.NoFlags, traces.NoFlags: traces.NoFlags, "UF": "UF"}; e.Flags != "" && flags[e.Flags] != flags[o.Flags] {
			wrong++
		}
		rest := append(append([]traces.Node{}, os[:i]...), os[i+1:]...)
		best = min(best, wrong+least(e.Children, o.Children)+least(es[1:], rest))
	}
	return best
}

func TestTreesArePairedAtTheSmallestCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		es, os := anyNodes(t, 2, 3), anyNodes(t, 2, 3)
		want := least(es, os)
		if got := traces.TopDownCost(es, grown(os)); got != want {
			t.Fatalf("the pairing costs %d, the best one %d; expected\n%sstored\n%s", got, want, traces.Forest(es), traces.Forest(os))
		}
	})
}

func TestManyAlikeSiblingsArePairedAtTheSmallestCost(t *testing.T) {
	// Far more siblings than are solved one by one, but few different ones.
	const n = 10 * traces.MaxClasses
	var es, os []traces.Node
	for i := range n {
		es = append(es, traces.Node{Service: "a", Kind: traces.Client, Status: []int{0, 200}[i%2]})
		os = append(os, traces.Node{Service: "a", Kind: traces.Client, Status: []int{200, 500}[i%2]})
	}
	os = append(os[1:], traces.Node{Service: "a", Kind: traces.Client, Status: 404})
	// 319 are 200, of which 320 are expected; those without a stated status take any.
	if got := traces.TopDownCost(es, grown(os)); got != 1 {
		t.Errorf("the pairing costs %d, want 1: one status that differs", got)
	}
}

func TestManyDifferentSiblingsArePairedWithTheirEquals(t *testing.T) {
	const n = 3 * traces.MaxClasses
	var es []traces.Node
	for i := range n {
		es = append(es, traces.Node{Service: "a", Kind: traces.Client, Status: 1000 + i})
	}
	os := append([]traces.Node{}, es...)
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(os).Draw(t, "order")
		if got := traces.TopDownCost(es, grown(shuffled)); got != 0 {
			t.Fatalf("equal siblings cost %d", got)
		}
		// Nothing is promised of the cost beyond the bound but that no span is lost: two
		// statuses that differ are two findings or fewer, and no span is missing.
		shuffled = append([]traces.Node{}, shuffled...)
		for i := range 2 {
			shuffled[i].Status = 1
		}
		if got := traces.TopDownCost(es, grown(shuffled)); got >= traces.SpanCost {
			t.Fatalf("two statuses that differ cost %d", got)
		}
	})
}

func TestManyServicesCalledAreToldApart(t *testing.T) {
	const n = 5 * traces.MaxClasses
	var es []traces.Node
	for i := range n {
		es = append(es, traces.Node{Service: "a", Kind: traces.Client, To: fmt.Sprintf("s%d", i)})
	}
	os := append([]traces.Node{}, es...)
	os[17].Status, os[200].To = 500, "elsewhere"
	es[17].Status = 200
	if got, want := traces.TopDownCost(es, grown(os)), 1+2*traces.SpanCost; got != want {
		t.Errorf("the pairing costs %d, want %d", got, want)
	}
}
