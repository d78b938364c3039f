package netns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Dial connects to address within the namespace. The address must be an IP and
// a port: names are not resolved, as the namespace has no resolver of its own.
func Dial(ctx context.Context, name, network, address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, fmt.Errorf("dial %s in network namespace %s: expected an IP and a port: %w", address, name, err)
	}
	var conn net.Conn
	err := Do(name, func() error {
		var err error
		conn, err = (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dial %s in network namespace %s: %w", address, name, err)
	}
	return conn, nil
}
