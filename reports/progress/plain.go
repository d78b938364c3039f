package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/throughline/throughline/reports"
)

// plain writes whole lines that make sense in a log.
type plain struct {
	w io.Writer
}

func newPlain(w io.Writer) *plain { return &plain{w} }

func (p *plain) begin(s *step) { p.write("begin    " + s.name + "\n") }

func (p *plain) end(s *step) {
	if s.err != nil {
		p.write(fmt.Sprintf("failed   %s, %s: %s\n", s.name, reports.Elapsed(s.took), reports.SafeLine(s.err.Error())))
		return
	}
	p.write(fmt.Sprintf("done     %s, %s\n", s.name, reports.Elapsed(s.took)))
}

func (p *plain) tick(now time.Time, running []*step) {
	for _, s := range running {
		if now.Sub(s.reminded) < remind {
			continue
		}
		s.reminded = now
		text := fmt.Sprintf("waiting  %s, %s", s.name, reports.Elapsed(now.Sub(s.began)))
		if s.note != "" {
			text += ": " + s.note
		}
		p.write(text + "\n")
	}
}

func (p *plain) write(text string) { _, _ = io.WriteString(p.w, text) }

func (p *plain) close() {}
