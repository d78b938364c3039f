package traces_test

import (
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func faulty(fault traces.Fault) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s["stock"].Work.Fault = fault }
}

func absent(name string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Form.Absent = true }
}

func TestABrokenConnectionShowsAtTheProxyThatHadIt(t *testing.T) {
	bare := func(s map[string]*traces.Service) { s["stock"].Bare = true }
	routed := func(t traces.Topology, r traces.Route) traces.Topology {
		r.To = "stock"
		t.Routes = []traces.Route{r}
		return t
	}
	for _, c := range []struct {
		name     string
		topology traces.Topology
		timeout  time.Duration
		want     string
	}{
		{name: "a reset", topology: chain(faulty(traces.Reset)), want: `
			client CLIENT > web 503 error
			  web SERVER 503 error
			    web CLIENT > cart 503 error
			      cart SERVER 503 error
			        cart CLIENT > stock 503 error
			          stock SERVER 503 error UC`},
		{name: "a crash that is tried again", topology: routed(chain(faulty(traces.Crash)), traces.Route{Retries: 1}), want: `
			client CLIENT > web 503 error
			  web SERVER 503 error
			    web CLIENT > cart 503 error
			      cart SERVER 503 error
			        cart CLIENT > stock 503 error URX
			          stock SERVER 503 error UC
			          stock SERVER 503 error UC`},
		{name: "a reset without a sidecar", topology: chain(faulty(traces.Reset), bare), want: `
			client CLIENT > web 503 error
			  web SERVER 503 error
			    web CLIENT > cart 503 error
			      cart SERVER 503 error
			        cart CLIENT > stock 503 error UC`},
		{name: "nobody there", topology: chain(absent("stock")), want: `
			client CLIENT > web 503 error
			  web SERVER 503 error
			    web CLIENT > cart 503 error
			      cart SERVER 503 error
			        cart CLIENT > stock 503 error UH`},
		{name: "a client that goes away", topology: chain(faulty(traces.Hang)), timeout: time.Second, want: `
			client CLIENT > web DC
			  web SERVER DC
			    web CLIENT > cart DC
			      cart SERVER DC
			        cart CLIENT > stock DC
			          stock SERVER DC`},
		{name: "a client that outwaits a time-out", topology: routed(chain(faulty(traces.Hang)), traces.Route{Timeout: 100 * ms}), timeout: time.Second, want: `
			client CLIENT > web 504 error
			  web SERVER 504 error
			    web CLIENT > cart 504 error
			      cart SERVER 504 error
			        cart CLIENT > stock 504 error UT
			          stock SERVER DC`},
	} {
		t.Run(c.name, func(t *testing.T) {
			mesh := everything(traces.OpenTelemetry)
			got, err := traces.Derive(c.topology, mesh, traces.Request{Timeout: c.timeout})
			if err != nil {
				t.Fatal(err)
			}
			if undented(got.String()) != undented(c.want) {
				t.Errorf("derived\n%s\nwant\n%s", got, c.want)
			}
			ev := tracesim.Send(c.topology, mesh, tracesim.Options{Requests: 3, Prefix: "r", Seed: 1, Timeout: c.timeout})
			if found := traces.JudgeForest(ev, got); len(found) > 0 {
				t.Errorf("the simulation does otherwise:\n%s", texts(found))
			}
		})
	}
}

// undented is a text without what its lines begin with, and without flags that are none.
func undented(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(strings.TrimSpace(line), " -"); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestACallerThatGetsNoAnswerFromAServiceWithoutASidecarAnswersForIt(t *testing.T) {
	bare := func(names ...string) func(map[string]*traces.Service) {
		return func(s map[string]*traces.Service) {
			for _, name := range names {
				s[name].Bare = true
			}
		}
	}
	for _, topology := range []traces.Topology{
		chain(faulty(traces.Reset), bare("cart", "stock")), chain(absent("stock"), bare("cart")),
	} {
		got, err := traces.Derive(topology, everything(traces.OpenTelemetry), traces.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Answer() != 502 {
			t.Errorf("the client gets %d, want the 502 of cart", got.Answer())
		}
		ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{Requests: 1, Prefix: "r", Seed: 1})
		if found := traces.JudgeForest(ev, got); len(found) > 0 {
			t.Errorf("the simulation does otherwise:\n%s", texts(found))
		}
	}
}

func TestAServiceThatHangsForEverIsRefused(t *testing.T) {
	_, err := traces.Derive(chain(faulty(traces.Hang)), everything(traces.OpenTelemetry), traces.Request{})
	if err == nil || !strings.Contains(err.Error(), "give a route or the request a time-out") {
		t.Errorf("error %v", err)
	}
}

func TestAGRPCStatusIsHeldAgainstBothSpansOfItsCall(t *testing.T) {
	for status, want := range map[int]struct {
		code   int
		failed bool
	}{200: {0, false}, 404: {5, false}, 429: {8, true}, 500: {13, true}, 503: {14, true}, 418: {2, true}} {
		topology := chain(calls("cart", traces.Step{{To: "stock", Protocol: traces.GRPC}}), answers("stock", status))
		forest, err := traces.Derive(topology, everything(traces.Zipkin), traces.Request{})
		if err != nil {
			t.Fatal(err)
		}
		call := forest[0].Children[0].Children[0].Children[0].Children[0]
		if call.To != "stock" || *call.Error != want.failed || call.Status != 200 {
			t.Errorf("%d: derived %+v", status, call)
		}
		ev := tracesim.Send(topology, everything(traces.Zipkin), tracesim.Options{Requests: 2, Prefix: "r", Seed: 1})
		if found := traces.JudgeForest(ev, forest); len(found) > 0 {
			t.Errorf("%d: the simulation does otherwise:\n%s", status, texts(found))
		}
		exactly(t, traces.JudgeGRPCStatus(ev, "stock", want.code), "")
		exactly(t, traces.JudgeGRPCStatus(ev, "stock", 9), "wrong-status stock")
		exactly(t, traces.JudgeGRPCStatus(ev, "cart", want.code), "wrong-status cart")
	}
}

func TestTheOrderOfFlagsSaysNothing(t *testing.T) {
	ev := copies(t, 1, `web SERVER 0 10 URX,UF`)
	for flags, want := range map[string]string{
		"URX,UF": "", "UF,URX": "", "": "", "URX": "wrong-flags web", "UF,URX,DC": "wrong-flags web", "UC,URX": "wrong-flags web", "-": "wrong-flags web",
	} {
		exactly(t, traces.JudgeForest(ev, traces.Forest{traces.Serves("web").Flagged(flags)}), want)
	}
}
