// Package netns makes and removes named network namespaces, in the place and
// form that ip-netns(8) uses, so that `ip netns exec` and `nsenter` find them.
//
// A namespace belongs to a thread, not to a process. [Do] runs a function on a
// thread of its own within the namespace, and throws the thread away after: no
// other goroutine ever runs there by accident. Processes that the function
// starts are born in the namespace.
//
// Unlike `ip netns exec` nothing here remounts /sys, which would hide the
// control groups from a container engine.
package netns
