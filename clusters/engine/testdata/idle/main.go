// The program of the container that the tests run: it waits until it is ended,
// and answers every TCP connection to port 8080 with one line.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		_, _ = fmt.Fprintln(conn, "idle")
		_ = conn.Close()
	}
}
