// Package node makes the image that a cluster's node runs from.
//
//	built, err := node.Node{...}.Write(ctx, archive)
//
// A [Node] is four layers: Debian, kind's own files with the node's settings, the
// programs of Kubernetes and containerd, and containerd's content store with every image
// that the cluster will run. Nothing runs inside the image while it is made: services are
// enabled by writing the links, and the store is filled by a containerd that runs on the
// host with a root folder, a socket and namespaces of its own.
//
// The files of kind come from its module at build time. What differs from an official
// node image, and why, stands beside each setting.
package node
