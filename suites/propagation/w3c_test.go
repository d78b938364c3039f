package propagation

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
)

// recordedOnTheWire is what a live mesh left of the way into a sidecar.
func recordedOnTheWire(t *testing.T) traces.Evidence {
	t.Helper()
	text, err := os.ReadFile("../../traces/w3c/testdata/ingress-opentelemetry.json")
	if err != nil {
		t.Fatal(err)
	}
	var ev traces.Evidence
	if err = json.Unmarshal(text, &ev); err != nil {
		t.Fatal(err)
	}
	return ev
}

func TestEveryCaseOnTheWireHasALineOfItsOwn(t *testing.T) {
	check := onTheWire(w3c.Ingress(), traces.OpenTelemetry)
	got := check.Judge(recordedOnTheWire(t))
	if len(got.Findings) > 0 {
		t.Errorf("findings %+v", got.Findings)
	}
	if len(got.Cases) != check.Traffic.Requests {
		t.Errorf("%d lines of %d requests", len(got.Cases), check.Traffic.Requests)
	}
	for _, line := range got.Cases {
		c, ok := w3c.Find(line.ID)
		if !ok || line.Verdict == "" || line.Observed == "" || line.Expected == "" || len(line.Sent) != len(c.Lines) ||
			len(line.Received) != 2*max(1, c.Calls) || (line.Deviation != "") != (line.Verdict == string(w3c.Deviates)) {
			t.Errorf("line %+v", line)
		}
	}
}

func TestControlsOnTheWireBiteOnWhatALiveMeshDid(t *testing.T) {
	check := onTheWire(w3c.Ingress(), traces.OpenTelemetry)
	for _, control := range check.Controls {
		if control.Mutate == nil {
			continue
		}
		ev := recordedOnTheWire(t)
		control.Mutate(&ev)
		got := check.Judge(ev).Findings
		if len(got) != 1 || got[0].Kind != control.Finds[0].Kind || got[0].Service != control.Finds[0].Service {
			t.Errorf("%s: %+v", control.Name, got)
		}
	}
}

func TestAFindingOnTheWireNamesTheCaseTheClauseAndWhatArrived(t *testing.T) {
	check := onTheWire(w3c.Ingress(), traces.OpenTelemetry)
	ev := recordedOnTheWire(t)
	arriving("both", "tracestate", "\x1b[31mbar=2")(&ev)
	got := check.Judge(ev).Findings
	if len(got) != 1 {
		t.Fatalf("findings %+v", got)
	}
	text := got[0].Text()
	for _, want := range []string{"both", "tracestate: foo=1,bar=2", "mutating-the-tracestate-field", "wrong-context", "continued"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("a control character of a header is shown: %q", text)
	}
}

func TestADeviationThatIsGoneSaysWhichItWas(t *testing.T) {
	check := onTheWire(w3c.Ingress(), traces.OpenTelemetry)
	ev := recordedOnTheWire(t)
	i := slices.IndexFunc(ev.Requests, func(e traces.Exchange) bool { return e.Variant == "version-of-one-digit" })
	suites.ReceivingOf(ev.Requests[i].Request, "traceparent", "00-12345678901234567890123456789012-1234567890123456-00")(&ev)
	got := check.Judge(ev).Findings
	if len(got) != 1 || !strings.Contains(got[0].Expected, "malformed-untraced") || !strings.Contains(got[0].Next, "end the deviation") {
		t.Errorf("findings %+v", got)
	}
}
