package traces_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

const ms = time.Millisecond

func TestSelfTimeIsWhatIsNotSpentWaiting(t *testing.T) {
	type times = map[string]time.Duration
	for _, c := range []struct {
		name, drawing string
		self, beside  times
	}{
		{
			name: "overlapping calls are counted once",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				  web CLIENT > price 20 60`,
			self: times{"web": 20 * ms},
		},
		{
			name: "a call that outlives its caller may have been worked beside",
			drawing: `
				web SERVER 0 70
				  web CLIENT > audit 20 200`,
			self: times{"web": 20 * ms}, beside: times{"web": 50 * ms},
		},
		{
			name: "what another call covers was not worked",
			drawing: `
				web SERVER 0 70
				  web CLIENT > cart 10 40
				  web CLIENT > audit 20 200`,
			self: times{"web": 10 * ms}, beside: times{"web": 30 * ms},
		},
		{
			name: "a call made after the answer is nobody's wait",
			drawing: `
				web SERVER 0 70
				  web CLIENT > audit 80 200`,
			self: times{"web": 70 * ms},
		},
		{
			name: "spans of the application's own change nothing",
			drawing: `
				web SERVER 0 70
				  web SERVER 1 69
				    web INTERNAL 2 60
				      web CLIENT > cart 8 45
				        web CLIENT > cart 10 40
				          cart SERVER 11 39
				            cart SERVER 12 38`,
			self: times{"web": 40 * ms, "cart": 28 * ms},
		},
		{
			name: "a call of a service to itself is another entry",
			drawing: `
				web SERVER 0 70
				  web CLIENT > web 10 40
				    web SERVER 15 35`,
			self: times{"web": 60 * ms},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := traces.TimesOf(one(drawn(t, c.drawing)))
			if c.beside == nil {
				c.beside = times{}
			}
			if diff := cmp.Diff([]times{c.self, c.beside}, []times{got.Self, got.Beside}); diff != "" {
				t.Errorf("self times and times beside (-want +got):\n%s", diff)
			}
			if len(got.Faults) > 0 {
				t.Errorf("faults %v, want none", got.Faults)
			}
		})
	}
}

// instrument adds the spans of an SDK inside one service: a SERVER span below the
// proxy's, an INTERNAL one below that, and a CLIENT span above each of the proxy's.
// The proxy's CLIENT spans move below the new ones.
func instrument(t *rapid.T, trace *traces.Trace, service string, proxied bool) {
	added := []traces.Span{}
	next := uint64(1)
	grow := func(of traces.Span, parent traces.SpanID, kind traces.Kind) traces.SpanID {
		s := of
		s.Parent, s.Kind, s.Namespace, s.Tags, s.Name = parent, kind, "", traces.Tags{}, "own work"
		binary.BigEndian.PutUint64(s.ID[:], next)
		next++
		before := time.Duration(rapid.IntRange(-200, 200).Draw(t, "moves")) * time.Microsecond
		s.Start = s.Start.Add(before)
		s.Duration = max(0, s.Duration-2*before)
		added = append(added, s)
		return s.ID
	}
	below := map[traces.SpanID]traces.SpanID{}
	for _, s := range trace.Spans {
		if s.Service != service || s.Kind != traces.Server {
			continue
		}
		own := grow(s, s.ID, traces.Server)
		below[s.ID] = grow(s, own, "INTERNAL")
		if proxied {
			// A call that no proxy saw, to a database.
			grow(s, below[s.ID], traces.Client)
		}
	}
	for i := range trace.Spans {
		s := &trace.Spans[i]
		if inside, ok := below[s.Parent]; ok && s.Service == service && s.Kind == traces.Client {
			s.Parent = grow(*s, inside, traces.Client)
		}
	}
	trace.Spans = append(trace.Spans, added...)
}

func TestAnApplicationsOwnSpansMoveNoTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topology := anyTopology(t)
		ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{
			Requests: 1, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed"),
		})
		proxied := rapid.Bool().Draw(t, "proxies say what they are")
		for i := range ev.Traces {
			for j := range ev.Traces[i].Spans {
				if s := &ev.Traces[i].Spans[j]; proxied {
					s.Tags = s.Tags.Append(traces.Tag{Key: "component", Value: "proxy"})
				}
			}
		}
		times, path, transits := traces.TimesOf(ev.Traces), traces.CriticalPath(ev.Traces), traces.Transits(ev.Traces)
		service := rapid.SampledFrom(topology.Services).Draw(t, "service").Name
		for i := range ev.Traces {
			instrument(t, &ev.Traces[i], service, proxied)
		}
		if diff := cmp.Diff(times, traces.TimesOf(ev.Traces)); diff != "" {
			t.Fatalf("with the spans of an SDK in %s times differ:\n%s", service, diff)
		}
		if again := traces.CriticalPath(ev.Traces); told(again) != told(path) {
			t.Fatalf("with the spans of an SDK in %s the path was\n%s\nand is\n%s", service, told(path), told(again))
		}
		if diff := cmp.Diff(transits, traces.Transits(ev.Traces)); diff != "" {
			t.Fatalf("with the spans of an SDK in %s gaps differ:\n%s", service, diff)
		}
	})
}
