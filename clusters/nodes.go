package clusters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
)

// ErrNotOurs is returned by what can only be done to the nodes of a cluster that we made.
var ErrNotOurs = errors.New("the cluster is not one that we made")

// LoadImage makes every node have the image in an archive as `docker save` writes it.
func (c *Cluster) LoadImage(ctx context.Context, archive string) error {
	err := c.onNodes(ctx, func(ctx context.Context, node nodes.Node) error {
		file, err := os.Open(archive)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		return nodeutils.LoadImageArchive(node, untilDone{ctx, file})
	})
	if err != nil {
		return fmt.Errorf("load image %s into cluster %s: %w", archive, c.Name, err)
	}
	return nil
}

// PullPlainly makes every node pull from a registry, a host with or without a port,
// without TLS. It holds for the pulls that begin after it.
func (c *Cluster) PullPlainly(ctx context.Context, host string) error {
	err := c.onNodes(ctx, func(_ context.Context, node nodes.Node) error {
		return nodeutils.WriteFile(node, "/etc/containerd/certs.d/"+host+"/hosts.toml", hostsTOML(host))
	})
	if err != nil {
		return fmt.Errorf("make cluster %s pull from %s without TLS: %w", c.Name, host, err)
	}
	return nil
}

// hostsTOML is containerd's configuration of a registry.
func hostsTOML(host string) string {
	return fmt.Sprintf("server = %[1]q\n\n[host.%[1]q]\n  capabilities = [\"pull\", \"resolve\"]\n", "http://"+host)
}

// onNodes does the same on one node after the other. Kind's commands know no context:
// when ctx ends, the one that runs goes on to its end first.
func (c *Cluster) onNodes(ctx context.Context, do func(context.Context, nodes.Node) error) error {
	if c.kind == nil {
		return ErrNotOurs
	}
	return withEnvironment(c.kind.environment(), func() error {
		all, err := c.kind.provider().ListInternalNodes(c.kind.config.Name)
		if err != nil {
			return explained(err)
		}
		for _, node := range all {
			if err = ctx.Err(); err != nil {
				return err
			}
			if err = do(ctx, node); err != nil {
				return fmt.Errorf("node %s: %w", node, explained(err))
			}
		}
		return nil
	})
}

// untilDone ends what is read when ctx ends.
type untilDone struct {
	ctx  context.Context //nolint:containedctx // A reader is handed to code that knows no context.
	from io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(p)
}
