package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/e2e-framework/klient/k8s"

	"github.com/throughline/throughline/clusters"
	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/images"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/fixtures/istio"
	jaegerfixture "github.com/throughline/throughline/fixtures/jaeger"
	"github.com/throughline/throughline/fixtures/load"
	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/routing"
	"github.com/throughline/throughline/fixtures/tracing"
	"github.com/throughline/throughline/fixtures/workloads"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/latency"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/jaeger"
)

// bringUp gives the mesh that the checks run on.
func (r *run) bringUp(ctx context.Context) (*Lab, error) {
	if err := r.preflight(ctx); err != nil {
		return nil, err
	}
	cluster, set, err := r.cluster(ctx)
	if err != nil {
		return nil, err
	}
	if err = r.identify(ctx, cluster, set); err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeoutCause(ctx, r.Config.Timeouts.Mesh,
		fmt.Errorf("not ready within %s (timeouts.mesh)", r.Config.Timeouts.Mesh))
	defer cancel()
	deployed, err := r.mesh(within, cluster, set)
	if err != nil {
		return nil, err
	}
	if r.Config.Keep {
		if err = r.reach(within, cluster); err != nil {
			return nil, err
		}
	}
	return r.lab(within, cluster.REST, deployed)
}

// reach opens a way from the host to Jaeger, and remembers it.
func (r *run) reach(ctx context.Context, cluster *clusters.Cluster) error {
	if !r.under.Private() {
		r.kept = append(r.kept, fmt.Sprintf("  Jaeger: kubectl --kubeconfig %s -n %s port-forward service/jaeger %d",
			cluster.Kubeconfig, jaegerfixture.Namespace, jaegerfixture.UIPort))
		return nil
	}
	address, err := jaegerfixture.Expose(ctx, cluster.REST)
	if err != nil {
		return err
	}
	if err = r.under.Unforward(ctx, address); err != nil {
		return fmt.Errorf("reach jaeger: %w", err)
	}
	at, err := r.under.Forward(ctx, "127.0.0.1:0", address)
	if err != nil {
		return fmt.Errorf("reach jaeger: %w", err)
	}
	r.jaeger = "http://" + at
	r.kept = append(r.kept, "  Jaeger: "+r.jaeger)
	return nil
}

// keepsake is how to reach a cluster that stays, and how to remove it.
func (r *run) keepsake(cluster *clusters.Cluster) []string {
	remove := "throughline down --name " + r.Config.Name
	if !r.under.Private() {
		remove = "docker rm --force --volumes " + cluster.Name + "-control-plane"
	}
	return []string{
		"kept the cluster " + cluster.Name + "; remove it with: " + remove,
		"  kubectl --kubeconfig " + cluster.Kubeconfig + " get pods --all-namespaces",
	}
}

// cluster gives the cluster, and the images that its mesh runs from.
func (r *run) cluster(ctx context.Context) (*clusters.Cluster, *images.Set, error) {
	if r.Config.Provider == config.Existing {
		cluster, err := clusters.Existing(ctx, r.Config.Kubeconfig, r.Config.Context)
		if err != nil {
			return nil, nil, err
		}
		set, err := r.images(ctx, nil)
		return cluster, set, err
	}
	under, err := r.engine(ctx)
	if err != nil {
		return nil, nil, err
	}
	set, err := r.images(ctx, under)
	if err != nil {
		return nil, nil, err
	}
	if set.Node.Archive != "" {
		if err = under.LoadImage(ctx, set.Node.Ref, set.Node.Archive); err != nil {
			return nil, nil, err
		}
	}
	cluster, err := r.kind(ctx, under, set)
	if err != nil {
		return nil, nil, err
	}
	return cluster, set, r.equip(ctx, cluster, set)
}

// state is the folder of what outlives a run under this name.
func (r *run) state() string {
	return filepath.Join(r.Config.CacheDir, "engines", r.Config.Name)
}

// engine gives the container engine: the one that answered, or a private one.
func (r *run) engine(ctx context.Context) (*engine.Engine, error) {
	if r.under != nil {
		return r.under, nil
	}
	shim, err := r.shim(ctx)
	if err != nil {
		return nil, err
	}
	insecure, err := r.insecure()
	if err != nil {
		return nil, err
	}
	wanted := engine.Config{
		Name: r.Config.Name, StateDir: r.state(), Runtime: shim, InsecureRegistries: insecure, Self: r.Self, Progress: r.Progress,
	}
	var under *engine.Engine
	if r.Config.Reuse != config.No {
		under, err = engine.Attach(ctx, wanted)
		if err != nil && !errors.Is(err, engine.ErrNotRunning) {
			return nil, err
		}
	}
	if under == nil {
		if under, err = engine.Start(ctx, wanted); err != nil {
			return nil, err
		}
	}
	r.under = under
	r.later(func(ctx context.Context) error {
		if r.keeps() {
			return under.Keep()
		}
		return under.Stop(ctx)
	})
	return under, nil
}

// shim is the runtime that a private engine needs on this machine. It is copied beside
// the engine's state, for a kept engine must find it when the cache has moved on.
func (r *run) shim(ctx context.Context) (string, error) {
	builder, err := r.builder(nil)
	if err != nil {
		return "", err
	}
	built, err := builder.RuncShim(ctx)
	if err != nil {
		return "", errors.Join(err, builder.Close())
	}
	program, err := os.ReadFile(built)
	if err = errors.Join(err, builder.Close()); err != nil {
		return "", fmt.Errorf("runtime of the engine: %w", err)
	}
	path := filepath.Join(r.state(), "runc-shim")
	there, missing := os.ReadFile(path)
	if missing == nil && bytes.Equal(there, program) {
		return path, nil
	}
	if err = os.MkdirAll(r.state(), 0o700); err != nil {
		return "", fmt.Errorf("runtime of the engine: %w", err)
	}
	// Renamed into place: a kept engine may be using the old one.
	if err = os.WriteFile(path+".new", program, 0o755); err == nil { //nolint:gosec // A program.
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return "", fmt.Errorf("runtime of the engine: %w", err)
	}
	return path, nil
}

// images gives the images, built or taken from the cache. The engine may be nil.
func (r *run) images(ctx context.Context, under *engine.Engine) (*images.Set, error) {
	switch r.Config.Images {
	case config.Registry:
		return r.published(ctx, under)
	case config.Source, config.Archive: // Config refuses an archive: there is none to read yet.
	}
	builder, err := r.builder(under)
	if err != nil {
		return nil, err
	}
	// Until the end, so that no other run removes from the cache what this one uses.
	r.later(func(context.Context) error { return builder.Close() })
	var set *images.Set
	err = r.phase("images from source", func() error {
		set, err = builder.Build(ctx)
		return err
	})
	return set, err
}

// builder builds from source. The engine, which may be nil, need not be given what it has.
func (r *run) builder(under *engine.Engine) (*images.Builder, error) {
	catalogue, err := r.Config.Catalogue()
	if err != nil {
		return nil, err
	}
	return images.New(images.Options{
		CacheDir: filepath.Join(r.Config.CacheDir, "images"), SourceDir: r.Config.SourceDir,
		Progress: r.Progress, Catalogue: catalogue, EnvoyPath: r.Config.Envoy,
		Loaded: func(ctx context.Context, id string) bool {
			if under == nil {
				return false
			}
			has, err := under.HasImage(ctx, id)
			return err == nil && has
		},
	})
}

func (r *run) kind(ctx context.Context, under *engine.Engine, set *images.Set) (*clusters.Cluster, error) {
	own, err := ownNetwork(ctx, under, set)
	if err != nil {
		return nil, err
	}
	wanted := clusters.KindConfig{
		Name: r.Config.Name, Dir: filepath.Join(r.state(), "cluster"), Engine: under,
		NodeImage: set.Node.Ref, OwnNetwork: own, Ready: r.Config.Timeouts.Cluster, Progress: r.Progress,
	}
	var cluster *clusters.Cluster
	err = clusters.ErrNotKept
	if r.Config.Reuse != config.No {
		cluster, err = clusters.Kept(ctx, wanted)
	}
	if errors.Is(err, clusters.ErrNotKept) && r.Config.Reuse != config.Yes {
		cluster, err = clusters.Kind(ctx, wanted)
	}
	if err != nil {
		return nil, err
	}
	r.kept = r.keepsake(cluster)
	r.later(func(ctx context.Context) error {
		if r.keeps() {
			return cluster.Keep()
		}
		return cluster.Delete(ctx)
	})
	return cluster, nil
}

// mesh deploys Istio and Jaeger side by side while the cluster's DNS comes up, and then
// the workloads.
func (r *run) mesh(ctx context.Context, cluster *clusters.Cluster, set *images.Set) (workloads.Set, error) {
	pull := corev1.PullIfNotPresent
	if set.Baked {
		pull = corev1.PullNever
	}
	wanted, err := workloads.Of(r.topologies...)
	if err != nil {
		return workloads.Set{}, err
	}
	if r.Config.Provider == config.Existing {
		r.takeBack(cluster.REST, wanted)
	}
	settings := istio.Settings{
		Dir: set.IstioDir, PilotImage: set.Pilot.Ref, ProxyImage: set.Proxy.Ref, PullPolicy: pull,
		Flavour: istio.Flavour(r.Config.Flavour), Collector: jaegerfixture.Host,
	}
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() error { return cluster.AwaitDNS(bothCtx) })
	both.Go(func() error {
		return r.phase("install Istio", func() error {
			return istio.Install(bothCtx, cluster.REST, settings)
		})
	})
	both.Go(func() error {
		return r.phase("deploy Jaeger", func() error {
			return jaegerfixture.Deploy(bothCtx, cluster.REST, jaegerfixture.Settings{Image: set.Jaeger.Ref, PullPolicy: pull})
		})
	})
	if err = both.Wait(); err != nil {
		return workloads.Set{}, err
	}
	return wanted, r.phase(fmt.Sprintf("deploy %d workloads", len(wanted.Workloads())), func() error {
		err := wanted.Deploy(ctx, cluster.REST, workloads.Settings{
			Image: set.App.Ref, PullPolicy: pull, Collector: fmt.Sprintf("%s:%d", jaegerfixture.Host, jaegerfixture.OTLPPort),
		}, faultObjects()...)
		if err != nil {
			return err
		}
		// After the workloads: their namespaces must be there, and ours.
		return r.installGateways(ctx, cluster.REST, settings)
	})
}

// takeBack remembers to remove what is deployed to a cluster that stays, in the order
// in which nothing loses what it stands on.
func (r *run) takeBack(cluster *rest.Config, deployed workloads.Set) {
	r.later(func(ctx context.Context) error {
		return r.phase("remove workloads, Jaeger and Istio", func() error {
			return errors.Join(
				r.uninstallGateways(cluster),
				deployed.Delete(ctx, cluster),
				jaegerfixture.Delete(ctx, cluster),
				istio.Uninstall(ctx, cluster),
			)
		})
	})
}

// owners are the names of all services that may own a span: those of the proxies, and
// those of the applications, any of which may be asked to trace itself.
func (r *run) owners() []string {
	var all []suites.Sample
	for _, t := range r.topologies {
		all = append(all, suites.Sample{Topology: t})
	}
	names := services(all)
	for _, name := range names {
		service, _ := traces.SplitServiceName(name)
		names = append(names, service)
	}
	return names
}

func faultObjects() []k8s.Object {
	var all []k8s.Object
	for _, fault := range latency.Faults() {
		all = append(all, fault.Object())
	}
	return all
}

// lab connects to everything that a check uses.
func (r *run) lab(ctx context.Context, cluster *rest.Config, deployed workloads.Set) (*Lab, error) {
	l := &Lab{
		run: r.name, versions: r.versions, patience: r.Config.Timeouts.Evidence, seen: map[traces.TraceID]int{},
		began: time.Now(), deployed: r.owners(),
		random: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(r.seed))), //nolint:gosec // ids, no secrets
	}
	if r.Config.Provider == config.Existing {
		l.margin = clockMargin
	}
	err := r.phase("connect to the mesh", func() error {
		var err error
		if l.load, err = load.Connect(ctx, cluster, deployed); err != nil {
			return err
		}
		r.later(func(context.Context) error { return l.load.Close() })
		if l.proxies, err = proxies.Connect(ctx, cluster, deployed.Namespaces()...); err != nil {
			return err
		}
		r.later(func(context.Context) error { return l.proxies.Close() })
		if l.control, err = tracing.New(cluster, l.proxies); err != nil {
			return err
		}
		if l.routes, err = routing.New(cluster, l.proxies); err != nil {
			return err
		}
		if l.held, err = manifests.New(cluster, l.proxies); err != nil {
			return err
		}
		r.later(func(ctx context.Context) error {
			if r.Config.Provider != config.Existing && !r.keeps() {
				return nil
			}
			return l.restore(ctx)
		})
		tunnel, err := jaegerfixture.Reach(ctx, cluster, jaegerfixture.QueryPort)
		if err != nil {
			return err
		}
		r.later(func(context.Context) error { return tunnel.Close() })
		dial := func(ctx context.Context, address string) (net.Conn, error) {
			return tunnel.DialContext(ctx, "tcp", address)
		}
		if l.backend, err = jaeger.Dial("passthrough:///jaeger", grpc.WithContextDialer(dial)); err != nil {
			return err
		}
		r.later(func(context.Context) error { return l.backend.Close() })
		for _, fault := range latency.Faults() {
			if err := l.proxies.AwaitDelay(ctx, fault.Host(), fault.Delay); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}
