// Package clusters gives the cluster that everything runs in.
//
// A [Cluster] is a name and a REST config; where it comes from is its provider's
// business. [Kind] makes one with kind, in this process, in a container engine
// (clusters/engine); [Existing] takes one that the user has, by kubeconfig and
// context.
//
//	c, err := clusters.Kind(ctx, clusters.KindConfig{Name: "throughline", Dir: dir, Engine: e, NodeImage: image, OwnNetwork: true})
//	...
//	err = c.Delete(ctx)
//
// A cluster is ready when Kind returns: its nodes are, and kube-proxy on them; its
// DNS follows, see [Cluster.AwaitDNS]. A cluster that [Cluster.Keep] left is found again by
// [Kept]. A cluster that kind made for somebody else is never touched, and the
// user's own kubeconfig is neither read nor written by Kind.
//
// Images, preflight checks and the engine are packages of their own below.
package clusters
