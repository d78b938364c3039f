package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// mingled is a mesh in memory that gives each of several traffics what split gives it of
// the evidence of all.
type mingled struct{ sends int }

func (*mingled) Ahead([]suites.Sample) {}

func (m *mingled) SendTogether(ctx context.Context, traffics []suites.Traffic) ([]traces.Evidence, error) {
	m.sends++
	whole, parts := traces.Evidence{Sweep: &traces.Sweep{}}, make([]part, len(traffics))
	for i, traffic := range traffics {
		parts[i] = part{traffic, fmt.Sprintf("all-%d-", i)}
		one, err := simulated{seed: seedOf(i), prefix: parts[i].prefix}.Send(ctx, traffic)
		if err != nil {
			return nil, err
		}
		whole.Requests = append(whole.Requests, one.Requests...)
		whole.Hops = append(whole.Hops, one.Hops...)
		whole.Traces = append(whole.Traces, one.Traces...)
		whole.Proxies = append(whole.Proxies, one.Proxies...)
		whole.Sweep.Services = append(whole.Sweep.Services, one.Sweep.Services...)
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(whole.Hops), func(i, j int) { whole.Hops[i], whole.Hops[j] = whole.Hops[j], whole.Hops[i] })
	random.Shuffle(len(whole.Traces), func(i, j int) { whole.Traces[i], whole.Traces[j] = whole.Traces[j], whole.Traces[i] })
	return split(whole, parts), nil
}

// seedOf is the seed of the traffic of that number.
func seedOf(i int) uint64 { return uint64(100 * i) }

// kinds are what a judgement found, for comparison.
func kinds(findings []traces.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s at %s, %d times", f.Kind, f.Service, f.Count))
	}
	slices.Sort(all)
	return all
}

func TestWhatIsSentTogetherIsJudgedAsIfItWereSentAlone(t *testing.T) {
	groups, err := byMesh(specsOf(Catalogue(1e-6)))
	if err != nil {
		t.Fatal(err)
	}
	largest := 0
	for _, group := range groups {
		for _, b := range batches(group, rand.New(rand.NewPCG(3, 4)), false) {
			largest = max(largest, len(b))
			if len(b) == 1 {
				continue // Nothing is split.
			}
			source := &shared{lab: &mingled{}, batch: b}
			for i, one := range b {
				for _, s := range one.specs {
					got, want := s.run(t.Context(), source.of(one)), s.run(t.Context(), simulated{seed: seedOf(i)})
					if got.Verdict != want.Verdict || !reflect.DeepEqual(kinds(got.Findings), kinds(want.Findings)) {
						t.Errorf("%s: together %s with %v (%s); alone %s with %v",
							s.title(), got.Verdict, kinds(got.Findings), got.Reason, want.Verdict, kinds(want.Findings))
					}
				}
			}
			if sends := source.lab.(*mingled).sends; sends != 1 {
				t.Errorf("a batch of %d was sent %d times", len(b), sends)
			}
			if len(source.evidence) > 0 {
				t.Error("evidence is kept after everybody had it")
			}
		}
	}
	if largest < 5 {
		t.Errorf("the largest batch is of %d, so little is sent together", largest)
	}
}

func TestEverySpecIsInOneBatchInADifferentOrderForEachSeed(t *testing.T) {
	specs := specsOf(Select(Catalogue(1e-6), []string{"P01", "P02", "P03", "P21", "E01", "L01", "S01"}))
	order := func(seed uint64, alone bool) []string {
		var titles []string
		for _, b := range batches(specs, rand.New(rand.NewPCG(seed, 0)), alone) {
			if alone && len(b) > 1 {
				t.Error("a batch is of several sendings although each must be alone")
			}
			for _, one := range b {
				for _, s := range one.specs {
					titles = append(titles, s.title())
				}
			}
		}
		return titles
	}
	first, again, other := order(1, false), order(1, false), order(2, false)
	if !slices.Equal(first, again) {
		t.Error("one seed gives two orders")
	}
	if slices.Equal(first, other) {
		t.Error("two seeds give one order")
	}
	order(1, true)
	slices.Sort(first)
	var all []string
	for _, s := range specs {
		all = append(all, s.title())
	}
	slices.Sort(all)
	if !slices.Equal(first, all) {
		t.Errorf("%d specs are in batches, want %d", len(first), len(all))
	}
}

func TestOnlyWhatDisturbsNobodyIsSentWithOthers(t *testing.T) {
	plain := func() suites.Traffic {
		return suites.Few(suites.Everything(traces.OpenTelemetry), traces.Topology{
			Name: "pair", Entry: "web", Services: []traces.Service{{Name: "web", Steps: []traces.Step{{{To: "cart"}}}}, {Name: "cart"}},
		})
	}
	service := func(change func(*traces.Service)) func(*suites.Traffic) {
		return func(t *suites.Traffic) {
			t.Samples[0].Topology.Services = slices.Clone(t.Samples[0].Topology.Services)
			change(&t.Samples[0].Topology.Services[1])
		}
	}
	for name, c := range map[string]struct {
		change func(*suites.Traffic)
		area   suites.Area
		want   bool
	}{
		"few requests":              {func(*suites.Traffic) {}, suites.Propagation, true},
		"a check of latency":        {func(*suites.Traffic) {}, suites.Latency, false},
		"one that is to be alone":   {func(t *suites.Traffic) { t.Alone = true }, suites.Propagation, false},
		"a rate":                    {func(t *suites.Traffic) { t.Rate = 10 }, suites.Propagation, false},
		"a time-out of the client":  {func(t *suites.Traffic) { t.Timeout = 1 }, suites.Propagation, false},
		"a change of the mesh":      {func(t *suites.Traffic) { t.Before = []traces.Mesh{{}} }, suites.Propagation, false},
		"many requests":             {func(t *suites.Traffic) { t.Requests = 201 }, suites.Propagation, false},
		"headers that are mixed up": {service(func(s *traces.Service) { s.Forward.Mix = true }), suites.Propagation, false},
		"a crash":                   {service(func(s *traces.Service) { s.Work.Fault = traces.Crash }), suites.Propagation, false},
		"a queue":                   {service(func(s *traces.Service) { s.Work.Queue = true }), suites.Propagation, false},
		"a time-out of a proxy":     {func(t *suites.Traffic) { t.Samples[0].Topology.Routes = []traces.Route{{To: "cart", Timeout: 1}} }, suites.Propagation, false},
		"other routes":              {func(t *suites.Traffic) { t.Samples[0].Topology.Routes = []traces.Route{{To: "cart", Retries: 1}} }, suites.Propagation, false},
	} {
		t.Run(name, func(t *testing.T) {
			with := func(traffic suites.Traffic, area suites.Area) *sending {
				return &sending{traffic, []spec{{check: suites.Check{Area: area}}}}
			}
			other := plain()
			c.change(&other)
			if got := (batch{with(plain(), suites.Propagation)}).takes(with(other, c.area)); got != c.want {
				t.Errorf("it is sent with others: %t, want %t", got, c.want)
			}
			if got := (batch{with(other, c.area)}).takes(with(plain(), suites.Propagation)); got != c.want {
				t.Errorf("others are sent with it: %t, want %t", got, c.want)
			}
		})
	}
}

func TestATraceThatNobodyOwnsGoesToWhoeverMayHaveCausedIt(t *testing.T) {
	through := func(names ...string) suites.Traffic {
		topology := traces.Topology{Name: names[0], Entry: names[0]}
		for _, name := range names {
			topology.Services = append(topology.Services, traces.Service{Name: name})
		}
		return suites.Few(traces.Mesh{}, topology)
	}
	parts := []part{{through("web", "cart"), "r-0-"}, {through("web", "stock"), "r-1-"}, {through("audit"), "r-2-"}}
	trace := func(id byte, service, agent string) traces.Trace {
		span := traces.Span{TraceID: traces.TraceID{id}, ID: traces.SpanID{id}, Service: service, Namespace: "shop"}
		if agent != "" {
			span.Tags = traces.TagsOf(traces.Tag{Key: "user_agent", Value: agent})
		}
		return traces.Trace{ID: span.TraceID, Spans: []traces.Span{span}}
	}
	whole := traces.Evidence{
		Requests: []traces.Exchange{{Request: "r-0-0"}, {Request: "r-1-0"}, {Request: "r-2-0"}},
		Traces: []traces.Trace{
			trace(1, "web", ""), trace(2, "stock", ""), trace(3, "stranger", ""),
			trace(4, "web", "throughline/r-2-0"), trace(5, "web", "throughline/r-9-0"),
		},
		Incomplete: []string{"a proxy dropped spans"},
	}
	var got []string
	for i, ev := range split(whole, parts) {
		ids := fmt.Sprintf("%d:", i)
		for _, t := range ev.Traces {
			ids += fmt.Sprintf(" %d", t.ID[0])
		}
		got = append(got, ids)
		if len(ev.Requests) != 1 || len(ev.Incomplete) != 1 {
			t.Errorf("part %d has %d requests and %d reasons why it is incomplete", i, len(ev.Requests), len(ev.Incomplete))
		}
	}
	if want := "0: 1 3 5, 1: 1 2 3 5, 2: 3 4"; strings.Join(got, ", ") != want {
		t.Errorf("traces went to %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestBatchesOfTheSameRoutesComeTogether(t *testing.T) {
	groups, err := byMesh(specsOf(Catalogue(1e-6)))
	if err != nil {
		t.Fatal(err)
	}
	changes := func(all []batch) int {
		router := &applied{}
		l := &Lab{routes: router, held: &holding{}}
		for i, b := range all {
			l.Ahead(ahead(all[i+1:]))
			if err := l.arrange(t.Context(), nil, b.samples()); err != nil {
				t.Fatal(err)
			}
		}
		return len(router.names)
	}
	slices.SortFunc(groups, func(a, b []spec) int { return len(b) - len(a) })
	ordered := batches(groups[0], rand.New(rand.NewPCG(3, 4)), false)
	shuffled := slices.Clone(ordered)
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if with, without := changes(ordered), changes(shuffled); with >= without {
		t.Errorf("%d changes of the routes in this order, %d in any", with, without)
	} else {
		t.Logf("%d changes of the routes in place of %d, for %d batches", with, without, len(ordered))
	}
}
