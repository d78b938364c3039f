package e2e

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// tracer makes the mesh trace as told. It returns when every proxy does so, with how
// long that took.
type tracer interface {
	Apply(ctx context.Context, mesh traces.Mesh) (time.Duration, error)
}

// holder puts manifests in force, and takes back all others of ours. It returns when
// every proxy concerned has them, with how long that took.
type holder interface {
	Apply(ctx context.Context, wanted ...manifests.Manifest) (time.Duration, error)
}

// hold puts the manifests of a traffic in force, and takes those of others back.
func (l *Lab) hold(ctx context.Context, wanted []manifests.Manifest) error {
	if l.manifests != nil && (len(wanted) == 0 && len(l.manifests) == 0 || reflect.DeepEqual(l.manifests, wanted)) {
		return nil
	}
	l.manifests = nil
	if _, err := l.held.Apply(ctx, wanted...); err != nil {
		return err
	}
	l.manifests = append([]manifests.Manifest{}, wanted...)
	return nil
}

// trace makes the mesh trace as the traffic wants it, one configuration after the other
// where it wants several. It gives how long the last change took, 0 where none was made.
func (l *Lab) trace(ctx context.Context, traffic suites.Traffic) (took time.Duration, err error) {
	for _, mesh := range append(slices.Clone(traffic.Before), traffic.Mesh) {
		if took, err = l.configure(ctx, mesh); err != nil {
			return 0, err
		}
	}
	return took, nil
}

func (l *Lab) configure(ctx context.Context, mesh traces.Mesh) (time.Duration, error) {
	if l.mesh != nil && reflect.DeepEqual(*l.mesh, mesh) {
		return 0, nil
	}
	l.mesh = nil
	took, err := l.control.Apply(ctx, mesh)
	if err != nil {
		return 0, err
	}
	l.mesh = &mesh
	return took, nil
}

// started adds to the evidence since when each proxy has been running.
func (l *Lab) started(ctx context.Context, evidence *traces.Evidence) error {
	since, err := l.proxies.Started(ctx)
	if err != nil {
		return fmt.Errorf("look whether a proxy began anew: %w", err)
	}
	for i := range evidence.Proxies {
		p := &evidence.Proxies[i]
		p.Started = since[p.Namespace+"/"+p.Pod]
	}
	return nil
}

// restore takes manifests and routes back, from a mesh that stays.
func (l *Lab) restore(ctx context.Context) error {
	if err := l.hold(ctx, nil); err != nil {
		return err
	}
	return l.routeOnly(ctx, nil)
}
