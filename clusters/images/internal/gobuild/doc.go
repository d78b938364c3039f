// Package gobuild builds Go programs from pinned modules.
//
//	err := gobuild.Build{
//		Dir: "clusters/images/components/etcd", Programs: map[string]string{"etcd": "go.etcd.io/etcd/server/v3"},
//	}.Run(ctx, out)
//
// A [Build] is one module folder whose go.mod and go.sum say everything about what goes
// in: -mod=readonly, -trimpath, no cgo, no workspace, no flags from the user's
// environment. The same inputs give the same binary on every machine of one
// architecture. [Module] finds the folder of a module in the module cache.
package gobuild
