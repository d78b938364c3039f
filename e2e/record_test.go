package e2e

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/rules"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/recording"
	"github.com/throughline/throughline/traces/tracesim"
)

// answering is a sender that is a function.
type answering func(suites.Traffic) (traces.Evidence, error)

func (s answering) Send(_ context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	return s(traffic)
}

// faultless leaves what a mesh that keeps its promises would.
func faultless(traffic suites.Traffic) (traces.Evidence, error) {
	return tracesim.Send(traffic.Samples[0].Topology, traffic.Mesh, tracesim.Options{
		Requests: traffic.Requests, Prefix: "a-", Bare: traffic.Bare, Seed: 3,
	}), nil
}

func capturing(t *testing.T, sender suites.Sender) capture {
	t.Helper()
	return capture{
		sender: sender, into: filepath.Join(t.TempDir(), "recorded"), random: rand.New(rand.NewPCG(1, 2)), patience: time.Minute,
		versions: map[string]string{"istio": "1.31.0", "envoy": "1.40.0", "debian": "trixie"},
	}
}

func ruleNamed(t *testing.T, name string) rules.Rule {
	t.Helper()
	chosen, _ := rules.Select([]string{name})
	if len(chosen) != 1 {
		t.Fatalf("there is no rule %s", name)
	}
	return chosen[0]
}

func TestARuleThatHoldsIsWrittenAndAgrees(t *testing.T) {
	c := capturing(t, answering(faultless))
	rule := ruleNamed(t, "sidecars-everywhere")
	out := c.rule(t.Context(), rule)
	if out.Outcome != Agrees || out.Reason != "" {
		t.Fatalf("%+v", out)
	}
	text, err := os.ReadFile(out.File)
	if err != nil {
		t.Fatal(err)
	}
	r, err := recording.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if r.Rule != rule.Name || r.Statement != rule.Statement || r.Source != rule.Source || len(r.Evidence.Requests) != rule.Traffic.Requests {
		t.Errorf("the file is of another rule: %+v", r)
	}
	if len(r.Subject) != 2 || r.Subject["envoy"] != "1.40.0" {
		t.Errorf("subject %v", r.Subject)
	}
}

func TestARuleThatDoesNotHoldIsWrittenAndDiffers(t *testing.T) {
	c := capturing(t, answering(func(traffic suites.Traffic) (traces.Evidence, error) {
		ev, err := faultless(traffic)
		ev.Traces[0].Spans = slices.DeleteFunc(ev.Traces[0].Spans, func(s traces.Span) bool { return s.Service == "stock" })
		return ev, err
	}))
	out := c.rule(t.Context(), ruleNamed(t, "sidecars-everywhere"))
	if out.Outcome != Differs || !strings.Contains(out.Reason, "missing-span stock") {
		t.Errorf("%+v", out)
	}
	if _, err := os.Stat(out.File); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotCompleteLeavesTheOlderRecording(t *testing.T) {
	for want, sender := range map[string]answering{
		"2 spans dropped": func(traffic suites.Traffic) (traces.Evidence, error) {
			ev, err := faultless(traffic)
			ev.Incomplete = []string{"2 spans dropped"}
			return ev, err
		},
		"connection reset": func(suites.Traffic) (traces.Evidence, error) {
			return traces.Evidence{}, errors.New("connection reset")
		},
		"of 1 requests, want 2": func(traffic suites.Traffic) (traces.Evidence, error) {
			traffic.Requests = 1
			return faultless(traffic)
		},
	} {
		t.Run(want, func(t *testing.T) {
			c := capturing(t, answering(faultless))
			rule := ruleNamed(t, "sidecars-everywhere")
			before, err := os.ReadFile(c.rule(t.Context(), rule).File)
			if err != nil {
				t.Fatal(err)
			}
			c.sender = sender
			out := c.rule(t.Context(), rule)
			if out.Outcome != Unrecorded || out.File != "" || !strings.Contains(out.Reason, want) {
				t.Errorf("%+v", out)
			}
			after, err := os.ReadFile(c.path(rule.Name))
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file changed (%v)", err)
			}
		})
	}
}

func TestRecordingGoesOnAfterARuleThatFailedAndEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	chosen := []rules.Rule{ruleNamed(t, "sidecars-everywhere"), ruleNamed(t, "calls-in-parallel"), ruleNamed(t, "calls-over-tcp")}
	sent := 0
	c := capturing(t, answering(func(traffic suites.Traffic) (traces.Evidence, error) {
		if sent++; sent == 1 {
			return traces.Evidence{}, errors.New("connection reset")
		}
		cancel()
		return faultless(traffic)
	}))
	var shown bytes.Buffer
	all, err := c.all(ctx, chosen, &shown)
	if !errors.Is(err, context.Canceled) || len(all) != 2 || all[0].Outcome != Unrecorded || all[1].Outcome != Agrees {
		t.Errorf("%+v: %v", all, err)
	}
	if !strings.Contains(shown.String(), "unrecorded") || !strings.Contains(shown.String(), "connection reset") {
		t.Errorf("shown: %s", shown.String())
	}
}

func TestTheExitCodeOfRecordings(t *testing.T) {
	of := func(outcomes ...RecordOutcome) Recordings {
		var r Recordings
		for _, o := range outcomes {
			r.Rules = append(r.Rules, Recorded{Outcome: o})
		}
		return r
	}
	broken := of(Agrees)
	broken.Problem = "interrupted"
	for name, c := range map[string]struct {
		recordings Recordings
		want       int
	}{
		"all agree":                        {of(Agrees, Agrees), reports.ExitPassed},
		"one differs":                      {of(Agrees, Differs), reports.ExitFailed},
		"one differs, one is not recorded": {of(Differs, Unrecorded), reports.ExitFailed},
		"one is not recorded":              {of(Agrees, Unrecorded), reports.ExitInconclusive},
		"none was sent":                    {of(), reports.ExitInconclusive},
		"the cluster broke":                {broken, reports.ExitInconclusive},
	} {
		if got := c.recordings.ExitCode(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestRulesOfOneMeshAreRecordedTogether(t *testing.T) {
	all := rules.All()
	ordered := together(all)
	if len(ordered) != len(all) {
		t.Fatalf("%d rules became %d", len(all), len(ordered))
	}
	seen := map[string]bool{}
	last := ""
	for _, r := range ordered {
		mesh := r.Traffic.Mesh.String()
		if mesh != last && seen[mesh] {
			t.Errorf("%s: %s is configured twice", r.Name, mesh)
		}
		seen[mesh], last = true, mesh
	}
}

func TestSpansOfApplicationsAreLookedForByTheirOwnNames(t *testing.T) {
	traffic := ruleNamed(t, "sdk-that-exports").Traffic
	if got := tracers(traffic.Samples); !slices.Equal(got, []string{"cart"}) {
		t.Errorf("tracers %v", got)
	}
	if got := tracers(ruleNamed(t, "sdk-that-exports-nothing").Traffic.Samples); len(got) > 0 {
		t.Errorf("an SDK that exports nothing is looked for: %v", got)
	}
	trace := traces.Trace{Spans: []traces.Span{{Service: "cart", Namespace: "shop"}, {Service: "cart"}}}
	if got := ofProxies(trace); got != 1 {
		t.Errorf("%d spans of proxies, want 1", got)
	}
}
