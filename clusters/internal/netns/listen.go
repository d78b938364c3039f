package netns

import (
	"context"
	"fmt"
	"net"
)

// Listen opens a listener at an address within the namespace. It stays there, whatever
// goroutine accepts from it.
func Listen(ctx context.Context, name, network, address string) (net.Listener, error) {
	var listener net.Listener
	err := Do(name, func() error {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(ctx, network, address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen on %s in network namespace %s: %w", address, name, err)
	}
	return listener, nil
}
