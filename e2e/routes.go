package e2e

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"k8s.io/client-go/rest"

	"github.com/throughline/throughline/fixtures/istio"
	"github.com/throughline/throughline/fixtures/manifests"
	appplan "github.com/throughline/throughline/fixtures/plan"
	"github.com/throughline/throughline/fixtures/routing"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// router makes the mesh route as topologies say, and as no other does. It returns when
// every proxy does so, with how long that took.
type router interface {
	Apply(ctx context.Context, topologies ...traces.Topology) (time.Duration, error)
}

// gateways are those of what is deployed.
func (r *run) gateways() []traces.Service {
	var all []traces.Service
	for _, t := range r.topologies {
		for _, s := range t.Services {
			same := func(other traces.Service) bool { return other.Name == s.Name && other.Namespace == s.Namespace }
			if s.Gateway && !slices.ContainsFunc(all, same) {
				all = append(all, s)
			}
		}
	}
	return all
}

// installGateways installs every gateway. The namespaces must be there.
func (r *run) installGateways(ctx context.Context, cluster *rest.Config, settings istio.Settings) error {
	for _, g := range r.gateways() {
		if err := istio.InstallGateway(ctx, cluster, settings, g.Name, appplan.Namespace(g)); err != nil {
			return err
		}
	}
	return nil
}

// uninstallGateways removes every gateway, before the namespaces go that they are in.
func (r *run) uninstallGateways(cluster *rest.Config) error {
	var errs []error
	for _, g := range r.gateways() {
		errs = append(errs, istio.UninstallGateway(cluster, g.Name, appplan.Namespace(g)))
	}
	return errors.Join(errs...)
}

// arrange holds the manifests and puts the routes of the samples in force. Routes of others
// stay where they are about other services, for a change takes seconds until every proxy
// has it; all others go. Where routes change, the manifests that go, go before that: one of
// them may route the same service, and proxies would show its routes beside the new ones.
// Those that come, come last: a gateway has listeners to configure once it has routes.
func (l *Lab) arrange(ctx context.Context, wanted []manifests.Manifest, samples []suites.Sample) error {
	if routes := routesFor(samples, l.routed, l.ahead); l.routed == nil || !reflect.DeepEqual(l.routed, routes) {
		stay := slices.DeleteFunc(slices.Clone(l.manifests), func(m manifests.Manifest) bool {
			return !slices.ContainsFunc(wanted, func(other manifests.Manifest) bool { return reflect.DeepEqual(m, other) })
		})
		if err := l.hold(ctx, stay); err != nil {
			return err
		}
		if err := l.routeOnly(ctx, routes); err != nil {
			return err
		}
	}
	return l.hold(ctx, wanted)
}

// routesFor are the topologies whose routes must be in force for the samples, after
// those that may stay of the ones in force. Where that is a change anyway, those that are
// ahead come with it as far as the samples do not mind.
func routesFor(samples []suites.Sample, routed []traces.Topology, ahead []suites.Sample) []traces.Topology {
	holds := func(list []traces.Topology, one traces.Topology) bool {
		return slices.ContainsFunc(list, func(t traces.Topology) bool { return reflect.DeepEqual(t, one) })
	}
	var all []traces.Topology
	for _, sample := range samples {
		if !holds(all, sample.Topology) {
			all = append(all, sample.Topology)
		}
	}
	wanted := beside(routed, all)
	for _, t := range all {
		if needsRoutes(t) && !holds(wanted, t) {
			wanted = append(wanted, t)
		}
	}
	if reflect.DeepEqual(wanted, routed) {
		return wanted
	}
	for _, sample := range ahead {
		t := sample.Topology
		if needsRoutes(t) && !holds(wanted, t) && len(beside([]traces.Topology{t}, slices.Concat(all, wanted))) > 0 {
			wanted = append(wanted, t)
		}
	}
	return wanted
}

// Ahead tells what will be sent later, so that its routes may be put in force early.
func (l *Lab) Ahead(samples []suites.Sample) { l.ahead = samples }

// routeOnly puts the routes of topologies in force, and takes all others away.
func (l *Lab) routeOnly(ctx context.Context, wanted []traces.Topology) error {
	l.routed = nil
	if _, err := l.routes.Apply(ctx, wanted...); err != nil {
		return err
	}
	l.routed = wanted
	return nil
}

// beside are those of the topologies in force that say nothing of a service that the
// others pass, or the same.
func beside(routed, others []traces.Topology) []traces.Topology {
	kept := []traces.Topology{}
	for _, t := range routed {
		touched := slices.DeleteFunc(slices.Clone(others), func(other traces.Topology) bool { return !meet(t, other) })
		if len(touched) > 0 {
			if _, err := routing.Resources(append(touched, t)...); err != nil {
				continue
			}
		}
		kept = append(kept, t)
	}
	return kept
}

// meet says whether two topologies have a service in common.
func meet(a, b traces.Topology) bool {
	return slices.ContainsFunc(a.Services, func(s traces.Service) bool {
		return slices.ContainsFunc(b.Services, func(other traces.Service) bool {
			return s.Name == other.Name && appplan.Namespace(s) == appplan.Namespace(other)
		})
	})
}

// mirrors says whether a copy of some request may arrive after its answer.
func mirrors(samples []suites.Sample) bool {
	return slices.ContainsFunc(samples, func(s suites.Sample) bool {
		return slices.ContainsFunc(s.Topology.Routes, func(r traces.Route) bool { return r.Mirror != "" })
	})
}

// needsRoutes says whether the mesh must be told of a topology.
func needsRoutes(t traces.Topology) bool {
	return len(t.Routes) > 0 || slices.ContainsFunc(t.Services, func(s traces.Service) bool {
		return s.Gateway || s.Host != "" || len(s.Versions) > 0
	})
}
