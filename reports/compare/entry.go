package compare

import (
	"cmp"
	"slices"

	"github.com/throughline/throughline/reports"
)

// Key names a check, or one control of it, over all rounds of a run.
type Key struct {
	// Check is the check's name, as `P01` or `P01/zipkin`.
	Check string `json:"check"`
	// Control is the name of the sabotage; it is empty for the check itself.
	Control string `json:"control,omitempty"`
}

// unnamed is the sabotage of a control that names none.
const unnamed = "without a name"

// KeyOf is the key of a check.
func KeyOf(c reports.Check) Key {
	k := Key{Check: c.Name()}
	if c.Control {
		k.Control = cmp.Or(c.ControlName, unnamed)
	}
	return k
}

// String is the key in one line, as `P01` or `P01 control: drop the headers`. It is safe for
// a terminal.
func (k Key) String() string {
	if k.Control == "" {
		return reports.SafeLine(k.Check)
	}
	return reports.SafeLine(k.Check + " control: " + k.Control)
}

// Compare orders keys by check, a check before its controls.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Check, other.Check), cmp.Compare(k.Control, other.Control))
}

// Entry is a check, or a control, over all rounds of a run.
type Entry struct {
	Key Key
	// Worst is the round that came out worst: failed, inconclusive, skipped, passed. One
	// bad round is not made good by another.
	Worst *reports.Check
	// others are the other rounds.
	others []*reports.Check
}

// Verdict is that of the worst round.
func (e Entry) Verdict() reports.Verdict { return e.Worst.Verdict }

// rounds are all rounds, in no order.
func (e Entry) rounds() []*reports.Check { return append([]*reports.Check{e.Worst}, e.others...) }

// Entries are the checks and controls of a result, in the order of their keys. What has no
// known verdict is inconclusive.
func Entries(r reports.Result) []Entry {
	r = r.Sound()
	at := make(map[Key]int, len(r.Checks))
	entries := make([]Entry, 0, len(r.Checks))
	for n := range r.Checks {
		c := &r.Checks[n]
		key := KeyOf(*c)
		i, there := at[key]
		if !there {
			at[key] = len(entries)
			entries = append(entries, Entry{Key: key, Worst: c})
			continue
		}
		e := &entries[i]
		if c.Verdict.Worse(e.Worst.Verdict) {
			e.Worst, c = c, e.Worst
		}
		e.others = append(e.others, c)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return a.Key.Compare(b.Key) })
	return entries
}
