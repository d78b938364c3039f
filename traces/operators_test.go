package traces_test

import (
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// mutant is evidence with one defect.
type mutant struct {
	what     string
	evidence traces.Evidence
	// words fill the operator's template of findings.
	words words
}

type words map[string]string

// operator is one way to spoil evidence, and what the comparison must say of it.
type operator struct {
	name string
	// want are the findings, in a template: {owner} owns the span that was changed,
	// {other} the second one, {entry} is the service that the request enters at. The
	// other words are said in words.
	want []string
	// make gives every mutant of a garden.
	make func(g *garden, emit func(mutant))
}

// findings are the operator's findings for one mutant, each once, sorted.
func (o operator) findings(m mutant) []string {
	list := make([]string, 0, len(o.want))
	for _, w := range o.want {
		for key, value := range m.words {
			w = strings.ReplaceAll(w, "{"+key+"}", value)
		}
		// A word may be several findings, a line each, or none.
		list = append(list, strings.FieldsFunc(w, func(r rune) bool { return r == '\n' })...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// operators are all but the shift of a span in time, which the judge of clocks finds and
// not the comparison (TestEveryShiftOfASpanIsFoundAndNamed).
func operators() []operator {
	return slices.Concat(lossOperators(), parentOperators(), labelOperators(), idOperators(), traceOperators())
}

// eachSpan makes one mutant of each span of the first request.
func eachSpan(change func(g *garden, a at, s *traces.Span)) func(*garden, func(mutant)) {
	return func(g *garden, emit func(mutant)) {
		for _, a := range g.spans {
			emit(mutant{g.describe(a), g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
				change(g, a, span(a))
			}), g.words(a)})
		}
	}
}

func (g *garden) words(a at) words {
	return words{"owner": g.span(a).Service, "entry": g.forest.Entry(), "gone": g.gone([]at{a}), "strayed": g.strayed(a, strangeID())}
}

func (w words) with(key, value string) words {
	w[key] = value
	return w
}

func lossOperators() []operator {
	return []operator{
		{"delete", []string{"{gone}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				emit(mutant{g.describe(a), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) { g.drop(ev, a) }), g.words(a)})
			}
		}},
		{"delete with all below", []string{"{gone}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				lost := g.under(a)
				emit(mutant{
					g.describe(a), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) { g.drop(ev, lost...) }),
					g.words(a).with("gone", g.gone(lost)),
				})
			}
		}},
		{"store twice", []string{"duplicate-span {owner}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				emit(mutant{g.describe(a), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) {
					ev.Traces[a.trace].Spans = append(ev.Traces[a.trace].Spans, g.span(a))
				}), g.words(a)})
			}
		}},
		{"copy under a new id", []string{"unexpected-span {owner}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				c := g.span(a)
				c.ID = strangeID()
				emit(mutant{g.describe(a), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) {
					ev.Traces[a.trace].Spans = append(ev.Traces[a.trace].Spans, c)
				}), g.words(a)})
			}
		}},
	}
}

func parentOperators() []operator {
	reparent := func(cycle bool) func(*garden, func(mutant)) {
		return func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				for _, p := range g.spans {
					if p.trace != a.trace || p == a || p == g.parent[a] && g.span(a).Parent != (traces.SpanID{}) || g.isUnder(p, a) != cycle {
						continue
					}
					emit(mutant{g.describe(a) + " below " + g.describe(p), g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
						span(a).Parent = g.span(p).ID
					}), g.words(a)})
				}
			}
		}
	}
	swap := func(nested bool) func(*garden, func(mutant)) {
		return func(g *garden, emit func(mutant)) {
			for i, a := range g.spans {
				for _, b := range g.spans[i+1:] {
					if a.trace != b.trace || g.span(a).Parent == g.span(b).Parent {
						continue
					}
					upper, lower := a, b
					if g.isUnder(a, b) {
						upper, lower = b, a
					}
					if g.isUnder(lower, upper) != nested {
						continue
					}
					emit(mutant{g.describe(upper) + " with " + g.describe(lower), g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
						span(a).Parent, span(b).Parent = g.span(b).Parent, g.span(a).Parent
					}), g.words(upper).with("first", g.strayed(a, g.span(b).Parent)).with("second", g.strayed(b, g.span(a).Parent))})
				}
			}
		}
	}
	return []operator{
		{"hang elsewhere", []string{"wrong-parent {owner}"}, reparent(false)},
		{"hang below a descendant", []string{"malformed-trace {owner}"}, reparent(true)},
		{"hang below a span that nobody stored", []string{"{strayed}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) {
			s.Parent = strangeID()
		})},
		{"hang below itself", []string{"malformed-trace {owner}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Parent = s.ID })},
		{"cut off", []string{"wrong-parent {owner}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Parent = traces.SpanID{} })},
		{"swap the parents of two", []string{"{first}", "{second}"}, swap(false)},
		// The upper one hangs below itself, or below what is below it.
		{"swap the parents of two, one below the other", []string{"malformed-trace {owner}"}, swap(true)},
		{"swap the parents of two in different traces", []string{"{first}", "{second}"}, func(g *garden, emit func(mutant)) {
			for i, a := range g.spans {
				for _, b := range g.spans[i+1:] {
					if a.trace == b.trace || g.span(a).Parent == g.span(b).Parent {
						continue
					}
					emit(mutant{g.describe(a) + " with " + g.describe(b), g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
						span(a).Parent, span(b).Parent = g.span(b).Parent, g.span(a).Parent
					}), words{"first": g.strayed(a, g.span(b).Parent), "second": g.strayed(b, g.span(a).Parent)}})
				}
			}
		}},
	}
}

func labelOperators() []operator {
	replaced := []string{"{gone}", "{come}"}
	// relabel expects the span to be missed by its old name and not expected by its new one.
	relabel := func(change func(g *garden, a at, s *traces.Span)) func(*garden, func(mutant)) {
		return func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				w := g.words(a)
				ev := g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
					s := span(a)
					change(g, a, s)
					w.with("come", "unexpected-span "+s.Service)
					if len(g.evidence.Traces[a.trace].Spans) == 1 {
						w.with("gone", "missing-trace "+g.span(a).Service).with("come", "unexpected-trace "+s.Service)
					}
				})
				emit(mutant{g.describe(a), ev, w})
			}
		}
	}
	return []operator{
		{"turn the kind round", replaced, relabel(func(_ *garden, _ at, s *traces.Span) { s.Kind = otherKind(s.Kind) })},
		{"take the kind away", replaced, relabel(func(_ *garden, _ at, s *traces.Span) { s.Kind = traces.UnknownKind })},
		{"another service", replaced, relabel(func(_ *garden, _ at, s *traces.Span) { s.Service = "cellar" })},
		{"the name of another service of the request", replaced, func(g *garden, emit func(mutant)) {
			var names []string
			for _, a := range g.spans {
				names = append(names, g.span(a).Service)
			}
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				relabel(func(_ *garden, _ at, s *traces.Span) { s.Service = name })(g, emit)
			}
		}},
		{"another namespace", replaced, relabel(func(_ *garden, _ at, s *traces.Span) { s.Namespace = "elsewhere" })},
		{"another callee", replaced, func(g *garden, emit func(mutant)) {
			relabel(func(_ *garden, _ at, s *traces.Span) { calledCellar(s) })(g, emit)
		}},
		{"another status", []string{"wrong-status {owner}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Status = 418 })},
		{"the error mark turned round", []string{"wrong-status {owner}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Error = !s.Error })},
		{"other flags", []string{"wrong-flags {owner}"}, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Flags = "UF,URX" })},
	}
}

func idOperators() []operator {
	malformed := []string{"malformed-trace {owner}"}
	return []operator{
		{"zero id", malformed, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.ID = traces.SpanID{} })},
		{"zero trace id", malformed, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.TraceID = traces.TraceID{} })},
		{"another trace id", malformed, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.TraceID = strangeTrace() })},
		{"negative duration", malformed, eachSpan(func(_ *garden, _ at, s *traces.Span) { s.Duration = negative() })},
		// The id of another span: both have it, and the one that came later in the order
		// of namespace, service, kind and parent is named.
		{"the id of another span", []string{"duplicate-span {named}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				for _, b := range g.spans {
					if a == b || a.trace != b.trace {
						continue
					}
					key := func(at at) string {
						s := g.span(at)
						return strings.Join([]string{s.Namespace, s.Service, string(s.Kind), s.Parent.String()}, "\x00")
					}
					last := a
					if key(b) > key(a) {
						last = b
					}
					emit(mutant{g.describe(a) + " as " + g.describe(b), g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
						span(a).ID = g.span(b).ID
					}), g.words(a).with("named", g.span(last).Service)})
				}
			}
		}},
	}
}

func traceOperators() []operator {
	return []operator{
		{"split", []string{"{parted}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				moved := g.under(a)
				w := g.words(a)
				if p, ok := g.parent[a]; ok {
					w.with("loser", g.loser(a, g.span(p)))
				} else if h, ok := g.host[a]; ok {
					w.with("loser", g.loser(a, g.span(h)))
				} else {
					w.with("loser", g.span(a).Service)
				}
				w.with("parted", "split-trace "+w["loser"])
				rest := g.rest(moved)
				switch {
				case len(rest) > 0 && !g.tied(rest):
					// No application saw anything of what stays behind: it belongs to no request.
					w.with("parted", g.gone(rest)+"\n"+"unexpected-trace "+g.span(rest[0]).Service)
				case len(rest) == 0 && !g.tied(moved):
					// No application saw more of it than an id, which is now another one.
					w.with("parted", g.gone(moved)+"\n"+"unexpected-trace "+g.span(a).Service)
				}
				ev := g.edit(func(ev *traces.Evidence, span func(at) *traces.Span) {
					span(a).Parent = traces.SpanID{}
					g.recontext(ev, moved, strangeTrace())
					g.move(ev, moved, strangeTrace())
				})
				emit(mutant{g.describe(a), ev, w})
			}
		}},
		{"join two traces of one request", []string{"joined-trace {loser}"}, func(g *garden, emit func(mutant)) {
			for _, from := range g.tracesOf(0) {
				for _, to := range g.tracesOf(0) {
					if from != to {
						g.join(from, to, emit)
					}
				}
			}
		}},
		// The applications of the other request saw this trace: the first of them is named. If
		// none did, its spans are missed there and not expected here.
		{"join a trace of another request", []string{"{mixed}"}, func(g *garden, emit func(mutant)) {
			for _, from := range g.tracesOf(1) {
				for _, to := range g.tracesOf(0) {
					g.join(from, to, emit)
				}
			}
		}},
		{"store another request's trace under this one's id", []string{"{gone}", "{come}"}, func(g *garden, emit func(mutant)) {
			for _, from := range g.tracesOf(1) {
				for _, to := range g.tracesOf(0) {
					moved := g.whole(from)
					emit(mutant{g.describe(moved[0]), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) {
						g.move(ev, moved, g.evidence.Traces[to].ID)
					}), words{"gone": g.gone(moved), "come": g.come(moved)}})
				}
			}
		}},
		{"move a span into another request's trace", []string{"{gone}", "unexpected-span {owner}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				for _, t := range g.tracesOf(1) {
					emit(mutant{g.describe(a), g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) {
						g.move(ev, []at{a}, g.evidence.Traces[t].ID)
					}), g.words(a)})
				}
			}
		}},
		{"move a span with all below into another request's trace", []string{"{gone}", "{come}"}, func(g *garden, emit func(mutant)) {
			for _, a := range g.spans {
				for _, t := range g.tracesOf(1) {
					moved := g.under(a)
					emit(mutant{g.describe(a), g.edit(func(ev *traces.Evidence, span func(at) *traces.Span) {
						span(a).Parent = g.span(g.root(t)).ID
						g.move(ev, moved, g.evidence.Traces[t].ID)
					}), g.words(a).with("gone", g.gone(moved)).with("come", g.come(moved))})
				}
			}
		}},
	}
}

// join gives the spans of one trace the id of another, as a second root and below
// each span of it.
func (g *garden) join(from, to int, emit func(mutant)) {
	root := g.root(from)
	moved := g.whole(from)
	// A trace belongs to the request with the most hops in it, to the first one of two
	// with as many; the other one is told of.
	first := g.firstHop(moved)
	if there := g.whole(to); g.owner[from] != g.owner[to] && g.hops(moved) > g.hops(there) {
		first = g.firstHop(there)
	}
	mixed := "wrong-parent " + first
	if !g.tied(moved) {
		mixed = g.gone(moved) + "\n" + g.come(moved)
	}
	emitJoined := func(what string, parent traces.SpanID, loser string) {
		emit(mutant{g.describe(root) + what, g.edit(func(ev *traces.Evidence, span func(at) *traces.Span) {
			span(root).Parent = parent
			g.recontext(ev, moved, g.evidence.Traces[to].ID)
			g.move(ev, moved, g.evidence.Traces[to].ID)
		}), g.words(root).with("loser", loser).with("mixed", mixed)})
	}
	// Of two roots beside each other the one that the forest has later is named.
	later := root
	if g.rank(g.root(to)) > g.rank(root) {
		later = g.root(to)
	}
	emitJoined(" beside the root", traces.SpanID{}, g.loser(later, traces.Span{}))
	for i := range g.evidence.Traces[to].Spans {
		p := g.span(at{to, i})
		emitJoined(" below "+g.describe(at{to, i}), p.ID, g.loser(root, p))
	}
}
