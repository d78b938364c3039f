// Package mounts finds the mounts below a folder so that they can be taken down
// before the folder is removed.
//
// Removing a folder with something mounted in it would empty what is mounted.
// [RemoveTree] therefore unmounts first, looks again, and refuses when anything
// is left.
package mounts
