package command

import (
	"bytes"
	"io"
	"sync"
)

// tail keeps the last lines written to it and passes everything on.
type tail struct {
	max int
	to  io.Writer

	mu      sync.Mutex
	last    []string
	partial []byte
}

// Write never fails: a log that cannot be kept must not stop the program.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil {
		_, _ = t.to.Write(p)
	}
	t.partial = append(t.partial, p...)
	for {
		line, rest, found := bytes.Cut(t.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.keep(string(line))
		t.partial = rest
	}
}

func (t *tail) keep(line string) {
	t.last = append(t.last, line)
	if len(t.last) > t.max {
		t.last = t.last[len(t.last)-t.max:]
	}
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.partial) > 0 {
		t.keep(string(t.partial))
		t.partial = nil
	}
	return t.last
}
