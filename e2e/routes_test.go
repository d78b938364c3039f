package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

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
	l := &Lab{routes: router}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"calls-in-parallel", "sidecars-everywhere", "mirror", "mirror", "gateway-with-a-callers-context", "versions", "external-service", "calls-over-tcp"} {
		if err := l.route(t.Context(), ruleNamed(t, name).Fresh(random).Samples...); err != nil {
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
	l := &Lab{routes: router}
	plain := ruleNamed(t, "sidecars-everywhere").Traffic
	if err := l.route(t.Context(), plain.Samples...); err == nil {
		t.Fatal("no error")
	}
	router.err = nil
	if err := l.route(t.Context(), plain.Samples...); err != nil || len(router.names) != 2 {
		t.Errorf("applied %v: %v", router.names, err)
	}
}
