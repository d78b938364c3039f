package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// applied remembers what was asked of it.
type applied struct {
	names [][]string
	err   error
}

func (a *applied) Apply(_ context.Context, topologies ...traces.Topology) (time.Duration, error) {
	names := []string{}
	for _, t := range topologies {
		names = append(names, t.Name)
	}
	a.names = append(a.names, names)
	return 0, a.err
}

func TestRoutesAreAppliedWhereTheyChangeAndStayWhereNobodyMindsThem(t *testing.T) {
	router := &applied{}
	l := &Lab{routes: router, held: &holding{}}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"calls-in-parallel", "sidecars-everywhere", "mirror", "mirror", "gateway-with-a-callers-context", "versions", "external-service", "calls-over-tcp"} {
		if err := l.arrange(t.Context(), nil, ruleNamed(t, name).Fresh(random).Samples); err != nil {
			t.Fatal(err)
		}
	}
	// The versions are of a service that requests with a mirror pass too; calls over TCP pass no routed service.
	want := [][]string{{}, {"mirror"}, {"mirror", "behind-gateway"}, {"behind-gateway", "versioned"}, {"behind-gateway", "versioned", "external"}}
	if !slices.EqualFunc(router.names, want, slices.Equal) {
		t.Errorf("applied %v, want %v", router.names, want)
	}
}

func TestRoutesThatCouldNotBeAppliedAreAppliedAgain(t *testing.T) {
	router := &applied{err: errors.New("no answer")}
	l := &Lab{routes: router, held: &holding{}}
	plain := ruleNamed(t, "sidecars-everywhere").Traffic
	if err := l.arrange(t.Context(), nil, plain.Samples); err == nil {
		t.Fatal("no error")
	}
	router.err = nil
	if err := l.arrange(t.Context(), nil, plain.Samples); err != nil || len(router.names) != 2 {
		t.Errorf("applied %v: %v", router.names, err)
	}
}

// changes remembers in which order manifests and routes were changed.
type changes struct{ steps []string }

type heldBy struct{ *changes }

func (h heldBy) Apply(_ context.Context, wanted ...manifests.Manifest) (time.Duration, error) {
	step := "hold"
	for _, m := range wanted {
		step += " " + m.Name
	}
	h.steps = append(h.steps, step)
	return 0, nil
}

type routedBy struct{ *changes }

func (r routedBy) Apply(context.Context, ...traces.Topology) (time.Duration, error) {
	r.steps = append(r.steps, "route")
	return 0, nil
}

func TestAManifestGoesBeforeRoutesChangeAndComesAfter(t *testing.T) {
	seen := &changes{}
	l := &Lab{held: heldBy{seen}, routes: routedBy{seen}}
	plain, mirror := ruleNamed(t, "sidecars-everywhere").Traffic.Samples, ruleNamed(t, "mirror").Traffic.Samples
	shelves, limit := manifests.Manifest{Name: "shelves"}, manifests.Manifest{Name: "limit"}
	for _, next := range []struct {
		wanted  []manifests.Manifest
		samples []suites.Sample
	}{
		{nil, plain}, {[]manifests.Manifest{shelves, limit}, plain}, {[]manifests.Manifest{limit}, mirror}, {nil, mirror},
	} {
		if err := l.arrange(t.Context(), next.wanted, next.samples); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"hold", "route", "hold shelves limit", "hold limit", "route", "hold"}
	if !slices.Equal(seen.steps, want) {
		t.Errorf("steps %q, want %q", seen.steps, want)
	}
}
