package ports

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// listening is the state of a listening socket in /proc/net/tcp.
const listening = "0A"

// Listen opens a TCP listener on an IP and port; port 0 takes any free one. When
// the port is taken the error names it and, if it can be told, its holder.
func Listen(ctx context.Context, address string) (*net.TCPListener, error) {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: expected an IP and a port, such as 127.0.0.1:0: %w", address, err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, fmt.Errorf("port %d on %s is taken by %s; stop it or choose another port: %w", addr.Port(), addr.Addr(), Holder(addr.Port()), unix.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on %s: got %T", address, listener), listener.Close())
	}
	return tcp, nil
}

// Holder describes who listens on the port: "process 12 (nginx)", or "a process
// that cannot be named" when it belongs to somebody we may not look at.
func Holder(port uint16) string {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		inode := inodeOf(f, port)
		_ = f.Close()
		if pid := ownerOf(inode); pid != "" {
			name, _ := os.ReadFile(filepath.Join("/proc", pid, "comm"))
			return fmt.Sprintf("process %s (%s)", pid, strings.TrimSpace(string(name)))
		}
	}
	return "a process that cannot be named"
}

// inodeOf gives the socket's inode in the text of /proc/net/tcp, or nothing.
func inodeOf(table io.Reader, port uint16) string {
	for lines := bufio.NewScanner(table); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != listening {
			continue
		}
		_, local, ok := strings.Cut(f[1], ":")
		if n, err := strconv.ParseUint(local, 16, 16); ok && err == nil && uint16(n) == port {
			return f[9]
		}
	}
	return ""
}

func ownerOf(inode string) string {
	if inode == "" {
		return ""
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		if to, readErr := os.Readlink(link); readErr == nil && to == "socket:["+inode+"]" {
			return strings.Split(link, "/")[2]
		}
	}
	return ""
}
