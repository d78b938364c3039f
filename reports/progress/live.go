package progress

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// live keeps the lines of the steps under way at the bottom of a terminal. Each
// drawing is one write, so that nothing flickers and nothing comes between.
type live struct {
	w       io.Writer
	options Options
	drawn   int // How many live lines stand on the terminal.
}

func newLive(w io.Writer, options Options) *live { return &live{w: w, options: options} }

func (l *live) begin(*step) {}

func (l *live) end(s *step) {
	mark, text := l.coloured("done", green), s.name
	if s.err != nil {
		mark = l.coloured("failed", red)
		text += ": " + reports.SafeLine(s.err.Error())
	}
	l.write(fmt.Sprintf("%7s  %s  %s\n", reports.Elapsed(s.took), mark, text))
}

func (l *live) tick(now time.Time, running []*step) {
	var b strings.Builder
	b.WriteString(l.erase())
	for _, s := range running {
		text := fmt.Sprintf("%7s  %s", reports.Elapsed(now.Sub(s.began).Truncate(100*time.Millisecond)), s.name)
		if s.note != "" {
			text += ": " + s.note
		}
		b.WriteString(l.cut(text) + "\n")
	}
	l.drawn = len(running)
	l.put(b.String())
}

func (l *live) write(text string) {
	l.put(l.erase() + text)
	l.drawn = 0
}

func (l *live) close() {
	l.put(l.erase())
	l.drawn = 0
}

// erase moves up to the first live line and clears from there to the end of the screen.
func (l *live) erase() string {
	if l.drawn == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", l.drawn)
}

// cut keeps a line from wrapping, which would break the count of lines.
func (l *live) cut(text string) string {
	width := defaultWidth
	if l.options.Width != nil {
		if w := l.options.Width(); w > 0 {
			width = w
		}
	}
	if runes := []rune(text); len(runes) >= width {
		return string(runes[:max(0, width-2)]) + "…"
	}
	return text
}

const (
	red   = "31"
	green = "32"
)

func (l *live) coloured(text, colour string) string {
	if !l.options.Colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (l *live) put(text string) {
	if text != "" {
		_, _ = io.WriteString(l.w, text)
	}
}
