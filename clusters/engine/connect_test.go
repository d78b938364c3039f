package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/throughline/throughline/clusters/internal/docker"
	"github.com/throughline/throughline/clusters/internal/ports"
)

func TestConnectSaysWhatToDoWhenNobodyAnswers(t *testing.T) {
	_, err := Connect(t.Context(), "unix:///nowhere/docker.sock", nil)
	if err == nil || !strings.Contains(err.Error(), "/nowhere/docker.sock") && !errors.Is(err, docker.ErrNoCommand) || !strings.Contains(err.Error(), "DOCKER_HOST") {
		t.Errorf("got %v", err)
	}
}

func TestAUsersEngineIsNeverStoppedNorForwarded(t *testing.T) {
	e := &Engine{client: docker.Client{Host: "unix:///nowhere/docker.sock"}, progress: silent{}}
	if err := errors.Join(e.Stop(t.Context()), e.Keep()); err != nil {
		t.Error(err)
	}
	if _, err := e.Listen(t.Context(), "tcp", "127.0.0.1:0"); !errors.Is(err, ErrNotPrivate) {
		t.Errorf("listening gave %v, want ErrNotPrivate", err)
	}
	if _, err := e.Forward(t.Context(), "127.0.0.1:0", "127.0.0.1:1"); !errors.Is(err, ErrNotPrivate) {
		t.Errorf("got %v, want ErrNotPrivate", err)
	}
	free, err := ports.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = free.Close() }()
	conn, err := e.Dial(t.Context(), "tcp", free.Addr().String())
	if err != nil {
		t.Fatalf("a user's engine is reached from the host: %v", err)
	}
	_ = conn.Close()
}
