package reports

import (
	"fmt"
	"slices"
	"sync"
)

// Ledger is the result of a run that is under way. It saves the result after each
// change, so that whatever ends the run, what it had found is there. It is safe for
// concurrent use.
type Ledger struct {
	save func(Result) error

	mu     sync.Mutex
	result Result
}

// NewLedger begins with first and saves it at once: a result exists from then on.
// Save gets the whole result, one call at a time.
func NewLedger(first Result, save func(Result) error) (*Ledger, error) {
	l := &Ledger{save: save, result: first}
	return l, l.Update(func(*Result) {})
}

// Update changes the result and saves it. An error means that it was changed but not saved;
// the next Update saves both changes.
func (l *Ledger) Update(change func(*Result)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.result)
	if err := l.save(l.result.copy()); err != nil {
		return fmt.Errorf("save result: %w", err)
	}
	return nil
}

// Result is the result as it stands. The lists are the caller's own.
func (l *Ledger) Result() Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.result.copy()
}

func (r Result) copy() Result {
	r.Checks = slices.Clone(r.Checks)
	r.Phases = slices.Clone(r.Phases)
	r.Notes = slices.Clone(r.Notes)
	return r
}
