package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAKeptEngineIsTakenOverAsItIs(t *testing.T) {
	c := config(t, "k")
	if _, err := Attach(t.Context(), c); !errors.Is(err, ErrNotRunning) {
		t.Fatalf("attaching to nothing gave %v", err)
	}
	e := start(t, c)
	loadIdle(t, e)
	container := run(t, e, "run", "--detach", image)
	if err := e.Keep(); err != nil {
		t.Fatal(err)
	}
	other := c
	other.Runtime = "/usr/bin/true"
	if _, err := Attach(t.Context(), other); !errors.Is(err, ErrNotRunning) {
		t.Errorf("attaching with another runtime gave %v", err)
	}
	other = c
	other.InsecureRegistries = []string{"10.0.0.5:5000"}
	if _, err := Attach(t.Context(), other); !errors.Is(err, ErrNotRunning) {
		t.Errorf("attaching with another insecure registry gave %v", err)
	}
	again, err := Attach(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got := run(t, again, "ps", "--quiet", "--no-trunc"); got != container {
		t.Errorf("running: %q, want the container %s", got, container)
	}
	if err = again.lock.Release(); err != nil { // As if this run had been killed.
		t.Fatal(err)
	}
	if _, err = Attach(t.Context(), c); !errors.Is(err, ErrNotRunning) {
		t.Errorf("attaching to what a killed run left gave %v", err)
	}
}

func TestAStartThatIsCancelledLeavesNothing(t *testing.T) {
	c := config(t, "c")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p, err := placeOf(c.Name, c.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	go func() { // Cancel once the daemon has begun.
		for ticker := time.NewTicker(time.Millisecond); ; <-ticker.C {
			if _, statErr := os.Stat(p.log); statErr == nil {
				cancel()
				return
			}
		}
	}()
	if _, err = Start(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if left := leftovers(t, c); len(left) > 0 {
		t.Errorf("left on the machine:\n%s", strings.Join(left, "\n"))
	}
}

func TestAnEngineThatCannotStartSaysWhy(t *testing.T) {
	cases := map[string]struct {
		spoil func(*testing.T, *Config)
		says  string
	}{
		"a runtime that is missing": {
			spoil: func(_ *testing.T, c *Config) { c.Runtime = "/nowhere/runc" },
			says:  "/nowhere/runc",
		},
		"a file in the place of the image store": {
			spoil: func(t *testing.T, c *Config) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(c.StateDir, "docker"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			},
			says: "not a directory",
		},
		"settings that the daemon refuses": {
			spoil: func(t *testing.T, c *Config) {
				t.Helper()
				c.Runtime = "/bin/sh"
				unreadable := filepath.Join(c.StateDir, "docker", "image")
				if err := os.MkdirAll(filepath.Dir(unreadable), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(unreadable, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			},
			says: "last lines of",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			bad := config(t, "x")
			if err := os.MkdirAll(bad.StateDir, 0o700); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, &bad)
			if _, err := Start(t.Context(), bad); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
			if left := leftovers(t, bad); len(left) > 0 {
				t.Errorf("left on the machine:\n%s", strings.Join(left, "\n"))
			}
		})
	}
}

func TestInsecureRegistriesReachTheDaemonsSettings(t *testing.T) {
	e := &Engine{place: place{daemonJSON: filepath.Join(t.TempDir(), "daemon.json")}, config: Config{InsecureRegistries: []string{"10.0.0.5:5000"}}}
	if err := e.writeSettings(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(e.place.daemonJSON)
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(data)), ""), `"insecure-registries":["10.0.0.5:5000"]`) {
		t.Errorf("the daemon is told %s (%v)", data, err)
	}
}
