package progress

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/throughline/throughline/reports"
)

// Options are how progress is shown. The zero value is plain lines without colour.
type Options struct {
	// Terminal draws live lines.
	Terminal bool
	// Colour colours how a step ended, on a terminal. The caller leaves it out under NO_COLOR.
	Colour bool
	// Width gives the columns of the terminal; nil means 80.
	Width func() int
	// Clock is nil for the machine's own.
	Clock Clock
}

const (
	// redraw is how often live lines are drawn.
	redraw = 500 * time.Millisecond
	// remind is how often plain lines say what is awaited, look how often that is looked at.
	remind = 30 * time.Second
	look   = time.Second
	// defaultWidth is used where the terminal's is not known.
	defaultWidth = 80
)

// Progress shows the steps of a run. It is safe for concurrent use.
type Progress struct {
	show  shower
	clock Clock

	mu     sync.Mutex
	first  time.Time
	steps  []*step // In the order in which they began.
	stop   context.CancelFunc
	ended  chan struct{}
	closed bool
}

// step is one step, under way or ended.
type step struct {
	name, note string
	began      time.Time
	took       time.Duration
	ended      bool
	err        error
	reminded   time.Time
}

// shower draws steps in one of the two manners. Its caller holds the lock of Progress.
type shower interface {
	begin(s *step)
	end(s *step)
	tick(now time.Time, running []*step)
	write(text string)
	close()
}

// Start begins to show progress on w, until ctx ends or Close is called. What w
// answers is not looked at: a run does not fail because nobody can read along.
func Start(ctx context.Context, w io.Writer, options Options) *Progress {
	if options.Clock == nil {
		options.Clock = wall{}
	}
	ctx, stop := context.WithCancel(ctx)
	p := &Progress{clock: options.Clock, stop: stop, ended: make(chan struct{})}
	every := look
	if options.Terminal {
		p.show = newLive(w, options)
		every = redraw
	} else {
		p.show = newPlain(w)
	}
	ticks, stopTicks := options.Clock.Tick(every)
	go func() {
		defer close(p.ended)
		defer stopTicks()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
				p.tick()
			}
		}
	}()
	return p
}

func (p *Progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.show.tick(p.clock.Now(), p.running())
	}
}

// Step begins a step. The caller calls done once, with the error that ended it or nil;
// further calls do nothing.
func (p *Progress) Step(name string) (done func(err error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	if len(p.steps) == 0 {
		p.first = now
	}
	s := &step{name: reports.SafeLine(name), began: now, reminded: now}
	p.steps = append(p.steps, s)
	if !p.closed {
		p.show.begin(s)
		p.show.tick(now, p.running())
	}
	return func(err error) { p.end(s, err) }
}

func (p *Progress) end(s *step, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.ended {
		return
	}
	now := p.clock.Now()
	s.ended, s.err, s.took = true, err, max(0, now.Sub(s.began))
	if !p.closed {
		p.show.end(s)
		p.show.tick(now, p.running())
	}
}

// Note says what is awaited by the step that began last and is still under way. With
// no step under way it is a line of its own.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = reports.SafeLine(text)
	running := p.running()
	if len(running) > 0 {
		running[len(running)-1].note = text
	}
	switch {
	case p.closed:
	case len(running) == 0:
		p.show.write(text + "\n")
	default:
		p.show.tick(p.clock.Now(), running)
	}
}

// Write writes text of somebody else's, in whole lines, above the live lines.
func (p *Progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show.write(strings.TrimSuffix(string(text), "\n") + "\n")
	if !p.closed {
		p.show.tick(p.clock.Now(), p.running())
	}
	return len(text), nil
}

// Phases lists the steps in the order in which they began; one that is still under
// way has the time that it took so far.
func (p *Progress) Phases() []reports.Phase {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	phases := make([]reports.Phase, 0, len(p.steps))
	for _, s := range p.steps {
		took := s.took
		if !s.ended {
			took = max(0, now.Sub(s.began))
		}
		phase := reports.Phase{Name: s.name, Seconds: reports.Seconds(took), At: reports.Seconds(max(0, s.began.Sub(p.first)))}
		if s.err != nil {
			phase.Error = s.err.Error()
		}
		phases = append(phases, phase)
	}
	return phases
}

// Close ends the drawing and leaves the terminal clean. Steps may still begin and
// end; they are recorded and no longer shown.
func (p *Progress) Close() {
	p.stop()
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.show.close()
	}
}

func (p *Progress) running() []*step {
	var running []*step
	for _, s := range p.steps {
		if !s.ended {
			running = append(running, s)
		}
	}
	return running
}
