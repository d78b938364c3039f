package e2e

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"k8s.io/client-go/rest"

	"github.com/throughline/throughline/fixtures/istio"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// router makes the mesh route as topologies say, and as no other does. It returns when
// every proxy does so, with how long that took.
type router interface {
	Apply(ctx context.Context, topologies ...traces.Topology) (time.Duration, error)
}

// connectRoutes gives the router of the mesh. It is the one place where routing.New of
// fixtures/routing is plugged in.
func connectRoutes(_ *rest.Config, _ *proxies.Proxies) (router, error) { return unrouted{}, nil }

// installGateway installs one gateway. It is the one place where istio.InstallGateway is plugged in.
func installGateway(_ context.Context, _ *rest.Config, _ istio.Settings, name, namespace string) error {
	return fmt.Errorf("gateway %s in %s: this build installs none; leave out what enters at a gateway", name, namespace)
}

// unrouted refuses topologies that need routes.
type unrouted struct{}

// Apply is an error for any topology.
func (unrouted) Apply(_ context.Context, topologies ...traces.Topology) (time.Duration, error) {
	if len(topologies) > 0 {
		return 0, fmt.Errorf("routes of topology %s: this build makes none", topologies[0].Name)
	}
	return 0, nil
}

// gateways installs every gateway of what is deployed.
func (r *run) gateways(ctx context.Context, cluster *rest.Config, settings istio.Settings) error {
	var done []traces.Service
	for _, t := range r.topologies {
		for _, s := range t.Services {
			same := func(other traces.Service) bool { return other.Name == s.Name && other.Namespace == s.Namespace }
			if !s.Gateway || slices.ContainsFunc(done, same) {
				continue
			}
			done = append(done, s)
			namespace := s.Namespace
			if namespace == "" {
				namespace = traces.DefaultNamespace
			}
			if err := installGateway(ctx, cluster, settings, s.Name, namespace); err != nil {
				return err
			}
		}
	}
	return nil
}

// route puts the routes of the traffic in force, and takes those of others away.
func (l *Lab) route(ctx context.Context, traffic suites.Traffic) error {
	wanted := []traces.Topology{}
	for _, sample := range traffic.Samples {
		known := slices.ContainsFunc(wanted, func(t traces.Topology) bool { return reflect.DeepEqual(t, sample.Topology) })
		if needsRoutes(sample.Topology) && !known {
			wanted = append(wanted, sample.Topology)
		}
	}
	if l.routed != nil && reflect.DeepEqual(l.routed, wanted) {
		return nil
	}
	l.routed = nil
	if _, err := l.routes.Apply(ctx, wanted...); err != nil {
		return err
	}
	l.routed = wanted
	return nil
}

// needsRoutes says whether the mesh must be told of a topology.
func needsRoutes(t traces.Topology) bool {
	return len(t.Routes) > 0 || slices.ContainsFunc(t.Services, func(s traces.Service) bool {
		return s.Gateway || s.Host != "" || len(s.Versions) > 0
	})
}
