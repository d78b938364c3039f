// Package lockfile lets one process at a time own a name.
//
// The lock is an flock on a file that also holds the owner's pid, for the error
// that a second process gets. The kernel releases it when the owner dies,
// however it dies, so that there are no stale locks.
package lockfile
