// Package debian makes root file systems from Debian packages.
//
//	err := debian.Root{Suite: "bookworm", Packages: []string{"systemd"}, Slim: []string{"libc6"}}.Build(ctx, dir, scratch)
//
// A [Root] becomes two layers: the whole system, in which no service is enabled, and a
// slim one that holds only the files of a few of its packages. It needs root and the
// program debootstrap, and says so where they are missing. What the installation mounts
// and starts is in namespaces of its own, so a killed build leaves neither mount nor
// process.
package debian
