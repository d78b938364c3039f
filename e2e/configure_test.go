package e2e

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// holding remembers which manifests it was asked to hold.
type holding struct {
	names [][]string
	err   error
}

func (h *holding) Apply(_ context.Context, wanted ...manifests.Manifest) (time.Duration, error) {
	names := []string{}
	for _, m := range wanted {
		names = append(names, m.Name)
	}
	h.names = append(h.names, names)
	return 0, h.err
}

// meshes remembers which tracing it was asked for; the nth change takes n seconds.
type meshes struct{ asked []traces.Mesh }

func (m *meshes) Apply(_ context.Context, mesh traces.Mesh) (time.Duration, error) {
	m.asked = append(m.asked, mesh)
	return time.Duration(len(m.asked)) * time.Second, nil
}

func TestManifestsAreAppliedWhereTheyChangeAndTakenBackAtTheEnd(t *testing.T) {
	held := &holding{}
	l := &Lab{held: held, routes: &applied{}}
	pool, limit := manifests.Manifest{Name: "pool"}, manifests.Manifest{Name: "limit"}
	for _, wanted := range [][]manifests.Manifest{nil, {}, {pool}, {pool}, {pool, limit}, nil, {limit}} {
		if err := l.hold(t.Context(), wanted); err != nil {
			t.Fatal(err)
		}
	}
	held.err = errors.New("a proxy is late")
	if err := l.hold(t.Context(), nil); err == nil {
		t.Fatal("no error")
	}
	held.err = nil
	if err := l.restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{}, {"pool"}, {"pool", "limit"}, {}, {"limit"}, {}, {}}
	if !slices.EqualFunc(held.names, want, slices.Equal) {
		t.Errorf("applied %v, want %v", held.names, want)
	}
}

func TestTracingThatComesBeforeIsPutInForceOneAfterTheOther(t *testing.T) {
	control := &meshes{}
	l := &Lab{control: control}
	half, all := suites.AtPercent(traces.Zipkin, 50), suites.Everything(traces.Zipkin)
	took, err := l.trace(t.Context(), suites.Traffic{Before: []traces.Mesh{half, all}, Mesh: half})
	if err != nil || took != 3*time.Second || len(control.asked) != 3 {
		t.Errorf("%d changes, the last of %s, %v; want 3, the last of 3s", len(control.asked), took, err)
	}
	if took, err = l.trace(t.Context(), suites.Traffic{Mesh: half}); err != nil || took != 0 {
		t.Errorf("what is in force took %s, %v", took, err)
	}
}

func TestSpecsAreGroupedByAllThatTheyNeedOfTheMesh(t *testing.T) {
	mesh := suites.Everything(traces.Zipkin)
	of := func(id string, traffic suites.Traffic) spec {
		traffic.Mesh = mesh
		return spec{check: suites.Check{ID: id, Traffic: traffic}}
	}
	pool := []manifests.Manifest{{Name: "pool"}}
	groups, err := byMesh([]spec{
		of("A", suites.Traffic{}), of("B", suites.Traffic{Manifests: pool}), of("C", suites.Traffic{Before: []traces.Mesh{mesh}}),
		of("D", suites.Traffic{Requests: 9}), of("E", suites.Traffic{Manifests: pool}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, group := range groups {
		var ids []string
		for _, s := range group {
			ids = append(ids, s.check.ID)
		}
		got = append(got, ids)
	}
	if want := [][]string{{"A", "D"}, {"B", "E"}, {"C"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("groups %v, want %v", got, want)
	}
}
