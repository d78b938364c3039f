// Package images provides the container images that a cluster, its mesh and the tested
// applications run from.
//
//	builder, err := images.New(images.Options{CacheDir: cache, SourceDir: checkout, Progress: progress})
//	set, err := builder.Build(ctx)
//	// set.Node.Archive goes to `docker load`; set.Pilot.Ref and the others are in it already.
//
// A [Set] is what the rest of Throughline needs to know: references, digests, versions
// and the folder of Istio's charts. It has three sources: a [Builder] makes everything
// from Go modules, Debian packages and Envoy's wheel, [Builder.Published] names those of a
// registry and builds only the application, and an archive is not available yet. The
// [Catalogue] holds every version.
//
// The images of the mesh are baked into the node's, in the content store of its
// containerd. Nothing is loaded twice and nothing is ever pulled. [Builder.Push] puts all
// of them into a registry, from where Published takes them again.
//
// Everything made is kept in a cache by the digest of what it was made from, see
// internal/cache. A warm Build reads the node archive once to verify it, or, where
// [Options].Loaded says that the engine has that image already, only its manifest.
//
// The package starts no engine, creates no cluster, and needs neither for a build.
package images
