package traces

import (
	"fmt"
	"strings"
)

// String draws the forest as text, one span a line, indented by depth, with what
// it states of each. It ends with a line break unless it is empty.
func (f Forest) String() string {
	var b strings.Builder
	var draw func(nodes []Node, depth int)
	draw = func(nodes []Node, depth int) {
		for _, n := range nodes {
			b.WriteString(strings.Repeat("  ", depth))
			b.WriteString(describe(n.Service, n.Namespace, n.Kind, n.To))
			if n.Status != 0 {
				fmt.Fprintf(&b, " %d", n.Status)
			}
			if n.Error != nil && *n.Error {
				b.WriteString(" error")
			}
			if n.Flags != "" && n.Flags != NoFlags {
				b.WriteString(" " + Printable(n.Flags))
			}
			if len(n.Via) > 0 {
				b.WriteString(" (after " + Printable(strings.Join(n.Via, ", ")) + ", without sidecar)")
			}
			if n.Orphan {
				b.WriteString(" (its parent is not stored)")
			}
			b.WriteByte('\n')
			draw(n.Children, depth+1)
		}
	}
	draw(f.resolved(), 0)
	return b.String()
}

// Tree draws the trace as text, as Forest.String does, with its id in front and
// the time and duration of each span. Spans whose parent is not stored are drawn
// last, and said to be so; no span is left out, whatever is wrong with the trace.
func (t Trace) Tree() string {
	var b strings.Builder
	fmt.Fprintf(&b, "trace %s: %d spans\n", t.ID, len(t.Spans))
	g := observe([]Trace{t})
	drawn := make([]bool, len(g.nodes))
	var draw func(v, depth int)
	draw = func(v, depth int) {
		if drawn[v] {
			return
		}
		drawn[v] = true
		n := &g.nodes[v]
		s := n.span
		b.WriteString(strings.Repeat("  ", depth+1))
		b.WriteString(describe(s.Service, s.Namespace, s.Kind, n.to))
		if s.Status != 0 {
			fmt.Fprintf(&b, " %d", s.Status)
		}
		if s.Error {
			b.WriteString(" error")
		}
		if s.Flags != "" {
			b.WriteString(" " + Printable(s.Flags))
		}
		fmt.Fprintf(&b, " +%s %s span %s", s.Start.Sub(g.start), s.Duration, s.ID)
		if n.orphan {
			fmt.Fprintf(&b, " (its parent %s is not stored)", s.Parent)
		}
		b.WriteByte('\n')
		for _, c := range n.children {
			draw(c, depth+1)
		}
	}
	for _, root := range g.roots {
		draw(root, 0)
	}
	for v := range g.nodes {
		if g.nodes[v].orphan {
			draw(v, 0)
		}
	}
	for v := range g.nodes {
		if !drawn[v] {
			b.WriteString("  in a cycle:\n")
			draw(v, 1)
		}
	}
	return b.String()
}

// describe is one span in words: `cart CLIENT > stock`.
func describe(service, namespace string, kind Kind, to string) string {
	name := Printable(service)
	if name == "" {
		name = "(no service)"
	}
	if namespace != "" && namespace != NoNamespace && namespace != DefaultNamespace {
		name += "." + Printable(namespace)
	}
	side := Printable(string(kind))
	if side == "" {
		side = "(no kind)"
	}
	if to != "" {
		side += " > " + Printable(to)
	}
	return name + " " + side
}

// maxPath bounds the path of a forest in a text, in runes. It leaves room for what
// differs from it, and keeps the texts of many findings about a large forest small.
const maxPath = 400

// path is a forest's calls in one line: `client > web > (cart > stock, price)`.
// A service that is called but has no span is in brackets; […] is a parent that is not
// stored.
func (f Forest) path() string {
	if len(f) == 0 {
		return "no trace"
	}
	var b strings.Builder
	b.WriteString(counted(len(f), "trace") + ": ")
	for i, root := range f.resolved() {
		if i > 0 {
			b.WriteString("; ")
		}
		before := ""
		if root.Orphan {
			before, root.Orphan = step(&b, before, "[…]"), false
		}
		if root.Kind == Client {
			before = step(&b, before, Printable(root.Service))
		}
		root.path(&b, before)
	}
	return b.String()
}

// path writes the calls of n, with before in front of the first name.
func (n Node) path(b *strings.Builder, before string) {
	if n.Orphan {
		before = step(b, before, "[…]")
	}
	served := len(n.Children) == 1 && n.Children[0].Kind == Server && n.Children[0].Service == n.To
	switch {
	case n.Kind == Server:
		before = step(b, before, Printable(n.Service))
	case !served && n.To != "":
		before = step(b, before, "["+Printable(n.To)+"]")
	}
	if len(n.Children) > 1 {
		b.WriteString(before + "(")
		before = ""
	}
	for i, c := range n.Children {
		if i > 0 {
			b.WriteString(", ")
		}
		first := before
		for _, via := range c.Via {
			if n.Kind == Server {
				first = step(b, first, "["+Printable(via)+"]")
			}
		}
		c.path(b, first)
	}
	if len(n.Children) > 1 {
		b.WriteByte(')')
	}
}

// step writes a name of a path, and gives what comes before the next one.
func step(b *strings.Builder, before, name string) string {
	if name == "" {
		return before
	}
	b.WriteString(before + name)
	return " > "
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
