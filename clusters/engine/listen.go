package engine

import (
	"context"
	"fmt"
	"net"

	"github.com/throughline/throughline/clusters/internal/netns"
)

// Listen is the other side of Dial: it opens a listener, at an IP and a port, that the
// containers of a private engine reach. It ends with this process.
func (e *Engine) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	if !e.private {
		return nil, fmt.Errorf("listen on %s: %w: listen on the host directly", address, ErrNotPrivate)
	}
	return netns.Listen(ctx, e.place.netNS, network, address)
}
