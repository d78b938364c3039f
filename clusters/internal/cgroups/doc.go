// Package cgroups removes one control group, by its name, from every hierarchy
// that is mounted, with all processes and groups in it.
//
// It serves cgroup v1, with a hierarchy a controller, and v2, with one, alike:
// a group is a folder, its processes are listed in cgroup.procs, and it can be
// removed when it is empty.
package cgroups
