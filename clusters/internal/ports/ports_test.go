package ports

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestATakenPortIsNamedWithItsHolder(t *testing.T) {
	first, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	_, err = Listen(t.Context(), first.Addr().String())
	if !errors.Is(err, unix.EADDRINUSE) {
		t.Fatalf("got %v, want that the address is in use", err)
	}
	_, port, _ := strings.Cut(first.Addr().String(), ":")
	for _, want := range []string{"port " + port, fmt.Sprintf("process %d (", os.Getpid()), "choose another port"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestANameIsNoAddress(t *testing.T) {
	if _, err := Listen(t.Context(), "localhost:80"); err == nil || !strings.Contains(err.Error(), "expected an IP and a port") {
		t.Errorf("got %v", err)
	}
}

func TestInodeOfTheListeningSocketOnly(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1
`
	for port, want := range map[uint16]string{8080: "222", 80: "333", 81: ""} {
		if got := inodeOf(strings.NewReader(table), port); got != want {
			t.Errorf("port %d: inode %q, want %q", port, got, want)
		}
	}
}
