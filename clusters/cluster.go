package clusters

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/client-go/rest"
)

// Providers, as a Cluster names them.
const (
	ProviderKind     = "kind"
	ProviderExisting = "existing"
)

// userAgent is how we show in the API server's logs.
const userAgent = "throughline"

// Cluster is a running Kubernetes cluster and the way to its API server.
type Cluster struct {
	// Name is kind's name of the cluster, or the name of the context.
	Name string
	// Provider is ProviderKind or ProviderExisting.
	Provider string
	// Kubeconfig is the path of a file that reaches the cluster from the host,
	// and Context the context in it.
	Kubeconfig string
	Context    string
	// REST reaches the API server, without a limit on the client's side. It
	// must not be changed; copy it first (rest.CopyConfig).
	REST *rest.Config

	// kind is nil for a cluster that is not ours.
	kind *kindCluster
}

// Delete removes a cluster that we made, waits until it is gone, and removes its
// kubeconfig. Pass a context that a Ctrl-C has not ended already. An existing
// cluster is never deleted: Delete does nothing to it.
func (c *Cluster) Delete(ctx context.Context) error {
	if c.kind == nil {
		return nil
	}
	done := c.kind.progress.Step("delete cluster " + c.Name)
	err := c.kind.delete(ctx)
	done(err)
	return err
}

// Keep marks a cluster that we made as one to use again: [Kept] finds it. It
// changes nothing in the cluster.
func (c *Cluster) Keep() error {
	if c.kind == nil {
		return nil
	}
	ours, err := c.kind.readMark()
	if err != nil {
		return err
	}
	if ours == nil {
		return fmt.Errorf("keep cluster %s: its mark %s is gone", c.Name, c.kind.markPath())
	}
	ours.Kept = true
	return c.kind.writeMark(*ours)
}

// unlimited lets client-go ask as fast as we want it to.
func unlimited(config *rest.Config) *rest.Config {
	config.QPS = -1
	config.UserAgent = userAgent
	return config
}

// ErrNotKept is returned by [Kept] when there is no cluster to use again.
var ErrNotKept = errors.New("no kept cluster")
