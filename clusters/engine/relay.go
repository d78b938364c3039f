package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// acceptPause is how long to wait when the machine is out of descriptors.
const acceptPause = 50 * time.Millisecond

// serve joins every connection that the listener takes with one that dial makes,
// until ctx ends. It returns when all of them are closed.
func serve(ctx context.Context, listener net.Listener, dial func(context.Context) (net.Conn, error)) error {
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				_ = conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			pause(ctx, acceptPause)
		default:
			open.Go(func() { join(ctx, conn, dial) })
		}
	}
}

// join passes bytes both ways until both sides are done. A side that ends its
// sending ends the other's receiving only: answers still arrive.
func join(ctx context.Context, near net.Conn, dial func(context.Context) (net.Conn, error)) {
	defer func() { _ = near.Close() }()
	far, err := dial(ctx)
	if err != nil {
		return // The caller sees its connection close, as it would without us.
	}
	defer func() { _ = far.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = near.Close(); _ = far.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pass(far, near) })
	both.Go(func() { pass(near, far) })
	both.Wait()
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
