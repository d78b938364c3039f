package traces_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// told is a path as text: where, from and to, in milliseconds after dawn.
func told(p traces.Path) string {
	var b strings.Builder
	ms := func(t time.Time) float64 { return float64(t.Sub(dawn())) / 1e6 }
	for _, s := range p.Segments {
		fmt.Fprintf(&b, "%s %g-%g\n", s.Place, ms(s.Start), ms(s.Start.Add(s.Duration)))
	}
	return b.String()
}

func TestTheCriticalPathIsWhatTheRootWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name, drawing, want string
	}{
		{
			name: "calls one after the other",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				    cart SERVER 12 39
				  web CLIENT > price 45 60
				    price SERVER 46 58`,
			want: "web 0-10, web > cart 10-12, cart 12-39, web > cart 39-40, web 40-45, " +
				"web > price 45-46, price 46-58, web > price 58-60, web 60-70",
		},
		{
			name: "of parallel calls only the slowest",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				    cart SERVER 12 39
				  web CLIENT > price 10 60
				    price SERVER 11 59`,
			want: "web 0-10, web > price 10-11, price 11-59, web > price 59-60, web 60-70",
		},
		{
			name: "calls that overlap",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				    cart SERVER 12 39
				  web CLIENT > price 20 60
				    price SERVER 21 59`,
			want: "web 0-20, web > price 20-21, price 21-59, web > price 59-60, web 60-70",
		},
		{
			name: "a fast call before the slowest of two",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 5 20
				  web CLIENT > price 20 60
				  web CLIENT > stock 20 50`,
			want: "web 0-5, web > cart 5-20, web > price 20-60, web 60-70",
		},
		{
			name: "a call that outlives its caller was not waited for",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				  web CLIENT > audit 20 200
				    audit SERVER 21 199`,
			want: "web 0-10, web > cart 10-40, web 40-70",
		},
		{
			name: "a call that begins after its caller ended",
			drawing: `
				web SERVER 0 70
				  web CLIENT > audit 80 200`,
			want: "web 0-70",
		},
		{
			name: "a call that ends a microsecond after its caller ended with it",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 70.001`,
			want: "web 0-10, web > cart 10-70",
		},
		{
			name: "a call that ends a little more after its caller did not",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 70.001001`,
			want: "web 0-70",
		},
		{
			name: "a callee that outlives the call was waited for until the caller gave up",
			drawing: `
				client CLIENT > web 0 50 UT
				  web SERVER 1 200`,
			want: "client > web 0-1, web 1-50",
		},
		{
			name: "retries",
			drawing: `
				web SERVER 0 50
				  web CLIENT > cart 1 49
				    cart SERVER 2 10
				    cart SERVER 20 30
				    cart SERVER 45 48`,
			want: "web 0-1, web > cart 1-2, cart 2-10, web > cart 10-20, cart 20-30, web > cart 30-45, cart 45-48, web > cart 48-49, web 49-50",
		},
		{
			name: "of two that end at once the one that began first",
			drawing: `
				web SERVER 0 50
				  web CLIENT > price 20 40
				  web CLIENT > cart 10 40`,
			want: "web 0-10, web > cart 10-40, web 40-50",
		},
		{
			name: "of two that do both at once the lower id",
			drawing: `
				web SERVER 0 50
				  web CLIENT > price 10 40
				  web CLIENT > cart 10 40`,
			want: "web 0-10, web > price 10-40, web 40-50",
		},
		{
			name: "a service that an own span of its application calls",
			drawing: `
				web SERVER 0 50
				  web SERVER 1 49
				    web INTERNAL 2 20
				      web CLIENT > cart 3 40
				        web CLIENT > cart 5 35
				          cart SERVER 6 30`,
			want: "web 0-5, web > cart 5-6, cart 6-30, web > cart 30-35, web 35-50",
		},
		{
			name: "a service without spans in the middle",
			drawing: `
				web SERVER 0 50
				  web CLIENT 10 40
				    stock SERVER 20 30`,
			want: "web 0-10, web > stock 10-20, stock 20-30, web > stock 30-40, web 40-50",
		},
		{
			name: "a call of which nobody knows the callee",
			drawing: `
				web SERVER 0 50
				  web CLIENT 10 40`,
			want: "web 0-10, web > unknown 10-40, web 40-50",
		},
		{name: "a root that lasts nothing", drawing: `web SERVER 5 5`, want: ""},
		{name: "no span", drawing: ``, want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(strings.Split(strings.TrimSpace(told(traces.CriticalPath(one(drawn(t, c.drawing))))), "\n"), ", ")
			if got != c.want {
				t.Errorf("path\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestTheRootComesBeforeWhatLostItsParent(t *testing.T) {
	trace := drawn(t, `
		web SERVER 10 50
		cart SERVER 0 90
		stock SERVER 10 60
		price SERVER 5 5`)
	line(trace, 2).Parent = traces.SpanID{99}
	if got := told(traces.CriticalPath(one(trace))); got != "stock 10-60\n" {
		t.Errorf("path\n%swant that of the longest root that began first", got)
	}
	trace.Spans = trace.Spans[1:2]
	if got := told(traces.CriticalPath(one(trace))); got != "cart 0-90\n" {
		t.Errorf("path\n%swant that of the span without its parent, where there is no root", got)
	}
	if got := traces.CriticalPath(nil); got.Root != nil || got.Segments != nil {
		t.Errorf("the path of nothing is %+v", got)
	}
}

// whole says what is wrong with a path, or "".
func whole(p traces.Path) string {
	if p.Root == nil {
		if len(p.Segments) > 0 {
			return "segments without a root"
		}
		return ""
	}
	at := p.Root.Start
	for _, s := range p.Segments {
		if s.Duration <= 0 {
			return fmt.Sprintf("a segment of %s lasts %s", s.Place, s.Duration)
		}
		if !s.Start.Equal(at) {
			return fmt.Sprintf("a segment of %s begins at %s, the one before ended at %s", s.Place, s.Start, at)
		}
		at = at.Add(s.Duration)
	}
	if want := p.Root.Start.Add(min(p.Root.Duration, 1<<61-1)); !at.Equal(want) {
		return fmt.Sprintf("the path ends at %s, the root at %s", at, want)
	}
	return ""
}

func TestACriticalPathMakesUpTheRootsDuration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := traces.TraceID{1}
		trace := traces.Trace{ID: id, Spans: anySpans(t, id)}
		if rapid.Bool().Draw(t, "plausible") {
			for i := range trace.Spans {
				s := &trace.Spans[i]
				s.Start = dawn().Add(time.Duration(rapid.IntRange(0, 12).Draw(t, "from")))
				s.Duration = time.Duration(rapid.IntRange(-1, 12).Draw(t, "lasts"))
			}
		}
		path := traces.CriticalPath(one(trace))
		if wrong := whole(path); wrong != "" {
			t.Fatal(wrong)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		spans := slices.Clone(trace.Spans)
		shuffle(rand.New(rand.NewPCG(seed, 1)), spans)
		if again := traces.CriticalPath(one(traces.Trace{ID: id, Spans: spans})); told(again) != told(path) {
			t.Fatalf("path\n%s\nand in another order\n%s", told(path), told(again))
		}
	})
}

func TestOnlyTheSlowestBranchIsOnTheCriticalPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slow := rapid.SampledFrom([]string{"cart", "price"}).Draw(t, "slow")
		topology := diamond(waits(slow, added))
		// The branches must not share their last service, or both are on the path by it.
		topology = edited(topology, calls("price", traces.Step{{To: "audit"}}))
		topology.Services = append(topology.Services, traces.Service{Name: "audit"})
		ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{
			Requests: 3, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed"),
		})
		on, off := []string{"cart", "stock"}, []string{"price", "audit"}
		if slow == "price" {
			on, off = off, on
		}
		for _, trace := range ev.Traces {
			path := traces.CriticalPath(one(trace))
			if wrong := whole(path); wrong != "" {
				t.Fatal(wrong)
			}
			found := map[string]bool{}
			for _, s := range path.Segments {
				found[s.Service], found[s.To] = true, true
			}
			for _, service := range on {
				if !found[service] {
					t.Fatalf("%s is slow and %s not on the path:\n%s", slow, service, told(path))
				}
			}
			for _, service := range off {
				if found[service] {
					t.Fatalf("%s is slow and %s on the path:\n%s", slow, service, told(path))
				}
			}
		}
	})
}
