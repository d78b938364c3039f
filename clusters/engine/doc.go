// Package engine gives the container engine that clusters run in.
//
// There are two kinds, and one type, [Engine], for both. [Connect] takes an
// engine that answers already. [Start] makes a private one: a dockerd in a
// network namespace of its own that has no way out, with its own containerd,
// sockets, control group and mount namespace. Nothing of it touches another
// engine on the machine, and two of different names do not touch each other.
//
//	e, err := engine.Start(ctx, engine.Config{Name: "throughline", StateDir: dir, Runtime: shim, Self: self})
//	...
//	err = e.LoadImage(ctx, "throughline.local/node:0123", "/cache/node.tar")
//	addr, err := e.Forward(ctx, "127.0.0.1:0", "127.0.0.1:0")
//	...
//	err = e.Stop(ctx)
//
// What outlives a private engine is its image store, StateDir/docker, so that
// the next one need not load its images again. Everything else is gone after
// [Engine.Stop]: processes, namespace, control groups, mounts, sockets. A run
// that was killed is cleaned up by the next Start under its name, or by
// [Remove]; [Engine.Keep] leaves an engine running for a later [Attach].
//
// The host reaches into the namespace through forwarders ([Engine.Forward]):
// processes of this program that outlive it, which listen on the host and dial
// within. The program's hidden verb for them calls [ServeForwarder].
//
// It does not know what a cluster is, and it needs Linux and, for a private
// engine, root.
package engine
