// Pause is the program of a pod's sandbox: it holds the pod's namespaces, reaps
// processes that nobody else waits for, and ends when it is told to.
package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	down := make(chan os.Signal, 1)
	signal.Notify(down, syscall.SIGINT, syscall.SIGTERM)
	child := make(chan os.Signal, 1)
	signal.Notify(child, syscall.SIGCHLD)
	run(down, child)
}

// run reaps whenever a child ends, until it is told to stop.
func run(down, child <-chan os.Signal) {
	for {
		select {
		case <-down:
			return
		case <-child:
			reap()
		}
	}
}

// reap waits for every child that has ended already. One signal may stand for several.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
	}
}
