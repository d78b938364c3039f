package netns

import (
	"errors"
	"testing"
)

func TestAListenerInTheNamespaceIsReachedByDial(t *testing.T) {
	name := namespace(t)
	listener, err := Listen(t.Context(), name, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	conn, err := Dial(t.Context(), name, "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err = conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestListeningInANamespaceThatIsNotThereFails(t *testing.T) {
	if listener, err := Listen(t.Context(), "throughline-test-none", "tcp", "127.0.0.1:0"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, %v", listener, err)
	}
}
