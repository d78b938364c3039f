package e2e

import (
	"context"
	"time"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// batchSender sends several traffics at once.
type batchSender interface {
	// Ahead tells what will be sent later.
	Ahead(samples []suites.Sample)
	SendTogether(ctx context.Context, traffics []suites.Traffic) ([]traces.Evidence, error)
}

// shared sends a batch when the first of its specs asks for evidence, and keeps what
// came back until the last one had it.
type shared struct {
	lab   batchSender
	batch batch
	// later is what is sent after it, as far as known.
	later []suites.Sample
	// left counts, by sending, the specs that have yet to ask; it is nil until it was sent.
	left     map[*sending]int
	evidence map[*sending]traces.Evidence
	err      error
	took     time.Duration
}

// of is the sender for the specs of one sending.
func (s *shared) of(one *sending) *turn { return &turn{shared: s, of: one} }

// send sends the batch, once.
func (s *shared) send(ctx context.Context) {
	if s.left != nil {
		return
	}
	began := time.Now()
	s.left, s.evidence = map[*sending]int{}, map[*sending]traces.Evidence{}
	traffics := make([]suites.Traffic, len(s.batch))
	for i, one := range s.batch {
		traffics[i] = one.traffic
	}
	s.lab.Ahead(s.later)
	var evidence []traces.Evidence
	evidence, s.err = s.lab.SendTogether(ctx, traffics)
	s.took = time.Since(began)
	for i, one := range s.batch {
		s.left[one], s.evidence[one] = len(one.specs), evidence[i]
	}
}

// turn is how one spec gets the evidence of its sending. It is a suites.Sender, for one send.
type turn struct {
	shared *shared
	of     *sending
	// waited is how long the spec waited for its evidence, share its part of the time
	// that sending took.
	waited, share time.Duration
}

// Send gives the evidence, which is the caller's own: a sabotage may write to it.
func (t *turn) Send(ctx context.Context, _ suites.Traffic) (traces.Evidence, error) {
	began := time.Now()
	s := t.shared
	s.send(ctx)
	evidence := s.evidence[t.of]
	if s.left[t.of]--; s.left[t.of] <= 0 {
		delete(s.evidence, t.of)
	} else {
		evidence = evidence.Clone()
	}
	t.share = s.took / time.Duration(len(s.batch)*len(t.of.specs))
	t.waited = time.Since(began)
	return evidence, s.err
}
