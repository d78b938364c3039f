// Package layers makes container images out of files, without an engine and the same
// to the byte each time.
//
//	var tree layers.Tree
//	tree.Copy("usr/local/bin/etcd", "/cache/etcd", 0o755)
//	layer, err := tree.Layer()
//	image, err := layers.Image(v1.Config{Entrypoint: []string{"/usr/local/bin/etcd"}}, layer)
//
// A [Tree] is what one layer holds: sorted, owned by root unless said otherwise, with
// one fixed time. Its layer is a recipe, not a file: it reads the sources each time it
// is opened, so they must stay as they are while it is used. Layers are not
// compressed; they travel between processes of one machine.
//
// [WriteArchive] writes what `docker load` reads, [WriteLayout] the OCI layout that
// `ctr images import` reads. The package pushes and pulls nothing.
package layers
