package e2e

import (
	"context"
	"fmt"
	"time"

	"github.com/throughline/throughline/clusters"
	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/images"
	"github.com/throughline/throughline/e2e/config"
)

// registryPatience is how long a registry has to take a connection.
const registryPatience = 5 * time.Second

// insecure are the registries that the engine and the nodes pull from without TLS.
func (r *run) insecure() ([]string, error) {
	from, err := images.ParseLocation(r.Config.Registry)
	if err != nil || !from.Plain {
		return nil, err
	}
	return []string{from.Host}, nil
}

// published gives the images of the registry. The engine is nil for an existing cluster.
func (r *run) published(ctx context.Context, under *engine.Engine) (*images.Set, error) {
	from, err := images.ParseLocation(r.Config.Registry)
	if err != nil {
		return nil, err
	}
	if err = reachable(ctx, under, from); err != nil {
		return nil, err
	}
	builder, err := r.builder(under)
	if err != nil {
		return nil, err
	}
	r.later(func(context.Context) error { return builder.Close() })
	get := builder.Published
	if r.Config.Provider == config.Existing {
		get = builder.PublishedWithApp
	}
	var set *images.Set
	err = r.phase("images from a registry", func() error {
		set, err = get(ctx, from)
		return err
	})
	return set, err
}

// reachable looks whether a private engine can pull from the registry, for there is no way
// out of its network namespace. Any other engine finds its way itself.
func reachable(ctx context.Context, under *engine.Engine, from images.Location) error {
	if under == nil || !under.Private() {
		return nil
	}
	const remedy = "the embedded engine only reaches what is within its own network; use an engine of this machine (--engine host), or images: source"
	if from.Official() {
		return fmt.Errorf("images from the official registries: %s", remedy)
	}
	ctx, cancel := context.WithTimeout(ctx, registryPatience)
	defer cancel()
	conn, err := under.Dial(ctx, "tcp", from.Address())
	if err != nil {
		return fmt.Errorf("images from registry %s: %s: %w", from.Host, remedy, err)
	}
	return conn.Close()
}

// ownNetwork looks whether a node image brings its own network, as ours does, or the
// manifest of the one that kind installs. The engine pulls the image first.
func ownNetwork(ctx context.Context, under *engine.Engine, set *images.Set) (bool, error) {
	if set.Baked {
		return true, nil
	}
	if err := under.PullImage(ctx, set.Node.Ref); err != nil {
		return false, err
	}
	kinds, err := under.ImageHolds(ctx, set.Node.Ref, "/kind/manifests/default-cni.yaml")
	return !kinds, err
}

// equip gives the nodes what a registry does not: the application, and the leave to pull
// without TLS.
func (r *run) equip(ctx context.Context, cluster *clusters.Cluster, set *images.Set) error {
	plain, err := r.insecure()
	if err != nil {
		return err
	}
	for _, host := range plain {
		if err = cluster.PullPlainly(ctx, host); err != nil {
			return err
		}
	}
	if set.App.Archive == "" {
		return nil
	}
	return r.phase("load the application", func() error { return cluster.LoadImage(ctx, set.App.Archive) })
}
