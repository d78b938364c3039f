package w3c_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
	"github.com/throughline/throughline/traces/w3c/w3csim"
)

func TestEveryDeviationIsFullyDeclaredAndDeviates(t *testing.T) {
	ids, cases := map[string]bool{}, map[string]string{}
	for _, d := range w3c.Deviations() {
		name := string(d.Tracer) + "/" + d.ID
		if d.ID == "" || ids[name] {
			t.Errorf("%s: no id, or another has it", name)
		}
		ids[name] = true
		if d.Tracer == "" || len(d.Versions) == 0 || d.Documented == "" || d.Measured == "" || !strings.HasPrefix(d.Source, "https://") || len(d.Does) == 0 {
			t.Errorf("%s: it lacks something: %+v", name, d)
		}
		for id, does := range d.Does {
			c, ok := w3c.Find(id)
			if !ok {
				t.Errorf("%s: no case %s", name, id)
			}
			if does == c.Want {
				t.Errorf("%s: in case %s it does what is wanted", name, id)
			}
			for _, version := range d.Versions {
				key := string(d.Tracer) + version + id
				if other := cases[key]; other != "" {
					t.Errorf("case %s belongs to %s and %s", id, other, name)
				}
				cases[key] = name
			}
		}
	}
}

func TestADeviationIsOfTheVersionsThatItNames(t *testing.T) {
	for version, want := range map[string]bool{
		"1.39.3": true, "1.40": true, "1.40.0": true, "1.40.17": true, "1.4": false, "1.4.0": false, "1.400.0": false, "1.41.0": false, "": false,
	} {
		if got := len(w3c.Known(traces.OpenTelemetry, version)) > 0; got != want {
			t.Errorf("version %q: deviations known: %v, want %v", version, got, want)
		}
	}
	if known := w3c.Known(traces.Zipkin, "1.40.0"); len(known) > 0 {
		t.Errorf("of a tracer that reads no traceparent %d are known", len(known))
	}
}

// deviating is the evidence of a proxy of that version that passes malformed headers on.
func deviating(version string) traces.Evidence {
	way := w3c.Ingress()
	malformed, _ := w3c.Find("flags-too-short")
	ev := w3csim.Send(way, w3csim.Samples([]w3c.Case{malformed}), "r-")
	ev.Versions = map[string]string{w3c.Component: version}
	ev.Traces = nil
	received := maps.Clone(ev.Hops[0].Received)
	received["traceparent"] = ev.Requests[0].Sent["traceparent"]
	ev.Hops[0].Received = received
	return ev
}

func TestAKnownDeviationIsExpectedOfItsVersionsAlone(t *testing.T) {
	for version, want := range map[string]w3c.Verdict{"1.40.0": w3c.Deviates, "1.39.3": w3c.Deviates, "1.38.0": w3c.Wrong, "": w3c.Wrong} {
		r := w3c.Judge(deviating(version), w3c.Ingress(), traces.OpenTelemetry)[0]
		if r.Verdict != want || (r.Deviation != nil) != (want == w3c.Deviates) {
			t.Errorf("version %q: %s, %+v", version, r.Verdict, r.Deviation)
		}
	}
}

func TestADeviationThatIsGoneIsWrong(t *testing.T) {
	for _, way := range ways() {
		ev := exemplary(way)
		ev.Versions = map[string]string{w3c.Component: "1.40.0"}
		known := w3c.Known(traces.OpenTelemetry, "1.40.0")
		for _, r := range w3c.Judge(ev, way, traces.OpenTelemetry) {
			_, deviates := known[r.Case.ID]
			if (r.Verdict == w3c.Wrong) != deviates {
				t.Errorf("%s %s: %s, a deviation is known: %v", way.Name, r.Case.ID, r.Verdict, deviates)
			}
		}
	}
}

// recorded are the evidences of live meshes, by what was recorded (testdata/README.md).
func recorded(t *testing.T, file string) traces.Evidence {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var ev traces.Evidence
	if err = json.Unmarshal(text, &ev); err != nil {
		t.Fatal(err)
	}
	return ev
}

func TestWhatALiveMeshDidIsAsSpecifiedOrAKnownDeviation(t *testing.T) {
	for _, way := range ways() {
		for _, tracer := range []traces.Provider{traces.OpenTelemetry, traces.ZipkinW3C} {
			t.Run(way.Name+" "+string(tracer), func(t *testing.T) {
				ev := recorded(t, way.Name+"-"+string(tracer)+".json")
				seen, known := map[string]bool{}, w3c.Known(tracer, ev.Versions[w3c.Component])
				for _, r := range w3c.Judge(ev, way, tracer) {
					seen[r.Case.ID] = true
					_, deviates := known[r.Case.ID]
					if deviates != (r.Verdict == w3c.Deviates) || (!deviates && r.Verdict != w3c.Specified) {
						t.Errorf("%s: %s: %s, want %s", r.Case.ID, r.Verdict, r.Observed, r.Expected)
					}
				}
				if len(seen) != len(way.Cases()) {
					t.Errorf("%d of %d cases were recorded", len(seen), len(way.Cases()))
				}
			})
		}
	}
}
