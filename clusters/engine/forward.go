package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/throughline/throughline/clusters/internal/netns"
	"github.com/throughline/throughline/clusters/internal/ports"
)

// ForwardVerb is the hidden verb of this program that serves a forwarder:
//
//	forward --netns NAME --listen ADDRESS --to ADDRESS
//
// It must be the first argument. It calls [ServeForwarder] with the three.
const ForwardVerb = "forward"

// inherited as a listen address means: file descriptor 3 is the listener, and
// one byte is to be written to 4 when it is served.
const inherited = "fd:3"

const (
	inheritedListener = 3
	inheritedReady    = 4
)

// Forward opens a listener on the host and passes what connects to it on to the
// target, an IP and a port within the engine's namespace. It returns the address
// that it listens on: port 0 takes any free one, and port 0 of the target means
// the same port as that. A taken port is an error that names its holder.
//
// The forwarder is a process of its own that outlives this one; Stop ends it.
func (e *Engine) Forward(ctx context.Context, listen, target string) (string, error) {
	if !e.private {
		return "", fmt.Errorf("forward %s: %w: reach %s directly", listen, ErrNotPrivate, target)
	}
	to, err := netip.ParseAddrPort(target)
	if err != nil {
		return "", fmt.Errorf("forward to %q: expected an IP and a port: %w", target, err)
	}
	listener, err := ports.Listen(ctx, listen)
	if err != nil {
		return "", fmt.Errorf("forward to %s: %w", target, err)
	}
	defer func() { _ = listener.Close() }() // The child has its own.
	at := listener.Addr().String()
	if to.Port() == 0 {
		to = netip.AddrPortFrom(to.Addr(), netip.MustParseAddrPort(at).Port())
	}
	if err = e.startForwarder(ctx, listener, to.String()); err != nil {
		return "", fmt.Errorf("forward %s to %s: %w", at, to, err)
	}
	return at, nil
}

func (e *Engine) startForwarder(ctx context.Context, listener *net.TCPListener, to string) error {
	if e.config.Self == "" {
		return errors.New("the engine was not told the path of its own program")
	}
	socket, err := listener.File()
	if err != nil {
		return err
	}
	defer func() { _ = socket.Close() }()
	ready, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = ready.Close() }()
	log, err := os.OpenFile(e.place.forwardLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, tell.Close())
	}
	defer func() { _ = log.Close() }()
	// It outlives ctx on purpose: Stop ends it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), e.config.Self, ForwardVerb,
		"--netns", e.place.netNS, "--listen", inherited, "--to", to)
	cmd.ExtraFiles = []*os.File{socket, tell}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err = errors.Join(cmd.Start(), tell.Close()); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // So that it leaves no zombie should it end before us.
	stop := context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err = io.ReadFull(ready, make([]byte, 1)); err != nil {
		_ = cmd.Process.Kill()
		return fmt.Errorf("the forwarder did not come up: %w%s", errors.Join(ctx.Err(), err), tail(e.place.forwardLog))
	}
	return nil
}

// Unforward ends the engine's forwarders to the targets, or all of them when none
// is given. A target that has none is fine, as is an engine that is not private.
func (e *Engine) Unforward(ctx context.Context, targets ...string) error {
	if !e.private {
		return nil
	}
	return endForwarders(ctx, e.place, targets)
}

// ServeForwarder passes every connection to listen on to target, an IP and a
// port in the named network namespace, until ctx ends; it then returns nil.
// Listen is an address, or what [Engine.Forward] gave on the command line.
func ServeForwarder(ctx context.Context, listen, netNS, target string) error {
	listener, err := listenerFor(ctx, listen)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	defer func() { _ = listener.Close() }()
	if listen == inherited {
		if err = tellReady(); err != nil {
			return err
		}
	}
	return serve(ctx, listener, func(ctx context.Context) (net.Conn, error) {
		return netns.Dial(ctx, netNS, "tcp", target)
	})
}

func listenerFor(ctx context.Context, listen string) (net.Listener, error) {
	if listen != inherited {
		return ports.Listen(ctx, listen)
	}
	file := os.NewFile(inheritedListener, "listener")
	defer func() { _ = file.Close() }()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; this address is for the program itself", listen, err)
	}
	return listener, nil
}

func tellReady() error {
	file := os.NewFile(inheritedReady, "ready")
	_, err := file.Write([]byte{1})
	return errors.Join(err, file.Close())
}
