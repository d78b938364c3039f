package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/throughline/throughline/clusters/internal/ports"
)

// relay serves a forwarder to dial and gives its address; it ends with the test.
func relay(t *testing.T, dial func(context.Context) (net.Conn, error)) string {
	t.Helper()
	listener, err := ports.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, dial) }()
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		if err := <-ended; err != nil {
			t.Errorf("the forwarder ended with %v", err)
		}
	})
	return listener.Addr().String()
}

func connect(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("got a %T", conn)
	}
	return tcp
}

func TestAnswersArriveAfterTheCallerHasEndedItsSending(t *testing.T) {
	far, err := ports.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = far.Close() }()
	go func() {
		conn, acceptErr := far.AcceptTCP()
		if acceptErr != nil {
			return
		}
		heard, _ := io.ReadAll(conn) // Until the caller's end.
		_, _ = io.WriteString(conn, strings.ToUpper(string(heard)))
		_ = conn.Close()
	}()
	conn := connect(t, relay(t, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", far.Addr().String())
	}))
	if _, err = io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if err = conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(conn); string(got) != "HELLO" {
		t.Errorf("the answer is %q, want %q", got, "HELLO")
	}
}

func TestATargetThatIsNotThereClosesTheCallersConnection(t *testing.T) {
	conn := connect(t, relay(t, func(context.Context) (net.Conn, error) { return nil, errors.New("refused") }))
	if got, _ := io.ReadAll(conn); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestOpenConnectionsEndWithTheForwarder(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := ports.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended, reached := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- serve(ctx, listener, func(context.Context) (net.Conn, error) { close(reached); return near, nil })
	}()
	conn := connect(t, listener.Addr().String())
	<-reached
	cancel()
	_ = listener.Close()
	if err = <-ended; err != nil {
		t.Errorf("the forwarder ended with %v", err)
	}
	if _, err = conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
