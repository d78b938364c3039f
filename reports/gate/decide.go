package gate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// Input is what a policy is held against.
type Input struct {
	// Results are those of what is to be released, Former those of the last release.
	Results, Former []Source
	// Known are the checks that there are: of those that are required, none may be missing.
	// Without any only the checks of each result are.
	Known []Known
}

// clocks is by how much the clocks of two machines may differ.
const clocks = 5 * time.Minute

// Decide holds results against a policy at a moment. It is pure: the same input gives the
// same decision, whatever the order of the results. The error says why nothing can be decided:
// two results of one subject, a result from the future, a policy that names what there is not.
func Decide(policy Policy, in Input, now time.Time) (Decision, error) {
	if len(policy.Subjects) == 0 {
		return Decision{}, policy.at("subjects", "none; a policy without a subject asks for nothing")
	}
	j := judging{policy: policy, known: byName(in.Known), now: now.UTC(), former: in.Former}
	j.decision = Decision{
		Policy: policy.Name, File: policy.file, At: j.now,
		Reasons: []Reason{}, Warnings: []Reason{}, Quarantine: []Excused{}, Coverage: []Coverage{}, Results: []Given{}, Compared: []Compared{},
	}
	if err := errors.Join(j.take(in.Results), j.checkNames()); err != nil {
		return Decision{}, err
	}
	j.expire()
	j.ask()
	for _, r := range j.records {
		j.failures(r)
		j.unasked(r)
		j.gaps(r)
		j.notes(r)
	}
	for i, s := range policy.Subjects {
		j.cover(i, s)
	}
	j.compare()
	j.account()
	j.conclude()
	return j.decision, nil
}

// record is one result that counts.
type record struct {
	Source
	// name is its subject in one line.
	name    string
	entries []compare.Entry
	// subjects are those of the policy that it is of.
	subjects []int
	// older is true for one of which a newer result of the same images is there: only what
	// failed in it still stands.
	older bool
}

// find is the entry of a key.
func (r *record) find(key compare.Key) (compare.Entry, bool) {
	i, found := slices.BinarySearchFunc(r.entries, key, byKey)
	if !found {
		return compare.Entry{}, false
	}
	return r.entries[i], true
}

func byKey(e compare.Entry, k compare.Key) int { return e.Key.Compare(k) }

// judging is a decision that is being made.
type judging struct {
	policy  Policy
	known   map[string]Known
	now     time.Time
	former  []Source
	records []*record
	// asked are those of known that each subject asks for.
	asked [][]Known
	// excuses are the entries of the quarantine that are in force, by what they excuse, excused the files
	// in which each of the policy's entries was needed, and fresh what it excuses that is new.
	excuses  map[compare.Key][]int
	excused  []map[string]bool
	fresh    [][]string
	decision Decision
}

func byName(known []Known) map[string]Known {
	all := make(map[string]Known, len(known))
	for _, k := range known {
		all[k.Name] = k
	}
	return all
}

// take puts the results in their order and sorts out what of several of one subject counts.
func (j *judging) take(sources []Source) error {
	named := make([]namedSource, 0, len(sources))
	for _, s := range sources {
		named = append(named, namedSource{s, s.Result.Subject.String()})
	}
	slices.SortStableFunc(named, func(a, b namedSource) int {
		return cmp.Or(
			cmp.Compare(a.subject, b.subject),
			b.Result.Started.Compare(a.Result.Started), // The newest first.
			cmp.Compare(a.Result.Run, b.Result.Run),
			cmp.Compare(a.Evidence.Missing, b.Evidence.Missing), // Of one run that is given twice, the more whole one counts.
			cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256),
		)
	})
	entries := entriesOf(named)
	var errs []error
	newest := map[string]*record{}
	var last *record
	for n, s := range named {
		if err := errors.Join(j.past(s, "started", s.Result.Started), j.past(s, "finished", s.Result.Finished)); err != nil {
			errs = append(errs, err)
			continue
		}
		if last != nil && sameRun(last, s) {
			if !reflect.DeepEqual(last.Result, s.Result) {
				errs = append(errs, fmt.Errorf("%s and %s: both are of run %s, and they differ; give the one that is true",
					reports.SafeLine(last.File), reports.SafeLine(s.File), reports.SafeLine(s.Result.Run)))
			}
			continue
		}
		j.decision.Results = append(j.decision.Results, Given{
			File: s.File, SHA256: s.SHA256, Run: s.Result.Run, Subject: s.subject,
			Started: s.Result.Started, Verdict: s.Result.Outcome().Verdict, Evidence: s.Evidence,
		})
		r := &record{Source: s.Source, name: s.subject, entries: entries[n]}
		last = r
		for i, subject := range j.policy.Subjects {
			if subject.matches(s.Result.Subject) {
				r.subjects = append(r.subjects, i)
			}
		}
		first := newest[s.subject]
		if first == nil {
			newest[s.subject] = r
			j.records = append(j.records, r)
			continue
		}
		if j.policy.Duplicates != Newest {
			errs = append(errs, fmt.Errorf("%s and %s: two results of one subject (%s); give one, or let the newest count with `duplicates: newest`",
				reports.SafeLine(first.File), reports.SafeLine(s.File), s.subject))
			continue
		}
		j.supersede(first, r)
	}
	return errors.Join(errs...)
}

// past is an error of a moment in a result that has not come yet.
func (j *judging) past(s namedSource, field string, at time.Time) error {
	ahead := at.Sub(j.now)
	if ahead <= clocks {
		return nil
	}
	return fmt.Errorf("%s: %s: %s is %s from now; a clock is wrong, or the file was altered",
		reports.SafeLine(s.File), field, at.Format(time.RFC3339), reports.Elapsed(ahead))
}

// namedSource is a source with the name of its subject.
type namedSource struct {
	Source
	subject string
}

// entriesOf are the entries of each source, worked out on all processors: with many results that is
// most of a decision.
func entriesOf(sources []namedSource) [][]compare.Entry {
	all := make([][]compare.Entry, len(sources))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range sources {
		group.Go(func() error {
			all[i] = compare.Entries(s.Result)
			return nil
		})
	}
	_ = group.Wait() // None returns an error.
	return all
}

func sameRun(a *record, b namedSource) bool {
	return a.Result.Run == b.Result.Run && a.Result.Started.Equal(b.Result.Started) && a.name == b.subject
}

// supersede keeps what still stands of an older result.
func (j *judging) supersede(newest, older *record) {
	why := fmt.Sprintf("%s is newer; only what failed here counts, since the images are the same", reports.SafeLine(newest.File))
	if !maps.Equal(newest.Result.Subject.Images, older.Result.Subject.Images) {
		why = fmt.Sprintf("%s is newer, and of other images; nothing here counts", reports.SafeLine(newest.File))
	} else {
		older.older = true
		j.records = append(j.records, older)
	}
	j.warn(Reason{Kind: Superseded, Subject: j.subject(older), File: older.File, Run: older.Result.Run, Why: why, Turn: "leave it out"})
}

func (j *judging) block(r Reason) { j.add(Blocks, r) }
func (j *judging) lack(r Reason)  { j.add(Lacks, r) }
func (j *judging) warn(r Reason)  { j.add(Warns, r) }

func (j *judging) add(w Weight, r Reason) {
	r.Weight = w
	if w == Warns {
		j.decision.Warnings = append(j.decision.Warnings, r)
		return
	}
	j.decision.Reasons = append(j.decision.Reasons, r)
}

// do does what a policy says of a change.
func (j *judging) do(a Action, r Reason) {
	switch a {
	case Block:
		j.block(r)
	case Warn:
		j.warn(r)
	case Ignore:
	}
}

// about is a reason that is about one result.
func (j *judging) about(r *record, subject string, kind Kind) Reason {
	return Reason{Kind: kind, Subject: subject, File: r.File, Run: r.Result.Run}
}

// subject names what a result is of.
func (j *judging) subject(r *record) string {
	if len(r.subjects) == 0 {
		return r.name
	}
	var all []string
	for _, i := range r.subjects {
		all = append(all, j.policy.Subjects[i].Name)
	}
	return strings.Join(all, ", ")
}

// ask finds what each subject asks for of all checks that there are.
func (j *judging) ask() {
	for _, s := range j.policy.Subjects {
		var asked []Known
		for _, name := range slices.Sorted(maps.Keys(j.known)) {
			if k := j.known[name]; s.Require.asks(k) {
				asked = append(asked, k)
			}
		}
		j.asked = append(j.asked, asked)
	}
}

// expire says which entries of the quarantine are over, and keeps the others.
func (j *judging) expire() {
	j.excuses = map[compare.Key][]int{}
	j.excused = make([]map[string]bool, len(j.policy.Quarantine))
	j.fresh = make([][]string, len(j.policy.Quarantine))
	for i, q := range j.policy.Quarantine {
		j.excused[i] = map[string]bool{}
		if !q.Expires.over(j.now) {
			j.excuses[q.key()] = append(j.excuses[q.key()], i)
			continue
		}
		j.block(Reason{
			Kind: QuarantineExpired, Subject: q.Subject, Key: q.key(),
			Why:  fmt.Sprintf("the quarantine of %s expired: its last day was %s (%s: %s, %s)", q.key(), q.Expires, q.Owner, q.Reason, q.Link),
			Turn: j.place(fmt.Sprintf("quarantine[%d]", i), "mend the check and remove the entry, or decide anew and give it another date"),
		})
	}
}

// place says where in the policy something is to be done.
func (j *judging) place(path, text string) string {
	if line := j.policy.line(path); line > 0 {
		return fmt.Sprintf("%s (%s:%d)", text, j.policy.file, line)
	}
	return text
}

// excuse says whether an entry of the quarantine excuses a check in a result today, and notes that it
// was needed, unless the check passed: a change of what passes is kept quiet and is no reason to keep the
// entry.
func (j *judging) excuse(key compare.Key, r *record) bool {
	excused := false
	for _, i := range j.excuses[key] {
		if !j.within(j.policy.Quarantine[i], r) {
			continue
		}
		excused = true
		if e, ran := r.find(key); !ran || e.Verdict() != reports.Passed {
			j.excused[i][r.File] = true
		}
	}
	return excused
}

// failures blocks for each check and control that failed, whether or not something asks for it.
func (j *judging) failures(r *record) {
	if len(r.subjects) == 0 {
		reason := j.about(r, j.subject(r), OfNoSubject)
		reason.Why, reason.Turn = "the policy has no such subject; of this result only what failed counts", "add the subject to the policy, or leave the result out"
		j.warn(reason)
	}
	for _, e := range r.entries {
		if e.Verdict() != reports.Failed || j.excuse(e.Key, r) {
			continue
		}
		reason := j.about(r, j.subject(r), CheckFailed)
		reason.Key, reason.Why = e.Key, e.Worst.Why()
		reason.Turn = "mend what the finding names and run again; or put it in quarantine, with owner, reason, link and expiry date"
		if e.Key.Control != "" {
			reason.Kind = ControlFailed
			reason.Turn = "a check that misses its sabotage proves nothing: mend the check and run again; or put the control in quarantine by its name"
		}
		if r.older {
			reason.Why += "; this run is older, but of the same images as the newest"
			reason.Turn = "say why it failed, and leave the older result out; or put it in quarantine, with owner, reason, link and expiry date"
		}
		j.block(reason)
	}
}

// account says what became of each entry of the quarantine.
func (j *judging) account() {
	for i, q := range j.policy.Quarantine {
		x := Excused{
			Key: q.key(), Subject: q.Subject, Owner: q.Owner, Reason: q.Reason, Link: q.Link, Expires: q.Expires,
			State: Unused, Files: slices.Sorted(maps.Keys(j.excused[i])), New: slices.Sorted(slices.Values(j.fresh[i])),
		}
		switch {
		case q.Expires.over(j.now):
			x.State = Expired
		case len(x.Files) > 0:
			x.State = InForce
		case j.passes(q):
			x.State = Needless
			j.warn(Reason{
				Kind: PassesAgain, Subject: q.Subject, Key: q.key(),
				Why:  fmt.Sprintf("it is in quarantine until %s (%s), and passes", q.Expires, q.Owner),
				Turn: j.place(fmt.Sprintf("quarantine[%d]", i), "remove the entry"),
			})
		}
		j.decision.Quarantine = append(j.decision.Quarantine, x)
	}
}

// passes says whether what an entry names passed wherever it ran.
func (j *judging) passes(q Quarantine) bool {
	ran := false
	for _, r := range j.records {
		e, there := r.find(q.key())
		if !there || !j.within(q, r) {
			continue
		}
		if ran = true; e.Verdict() != reports.Passed {
			return false
		}
	}
	return ran
}

// within says whether a result is of the subject that an entry means.
func (j *judging) within(q Quarantine, r *record) bool {
	return q.Subject == "" || slices.ContainsFunc(r.subjects, func(i int) bool { return j.policy.Subjects[i].Name == q.Subject })
}

// conclude puts all in order, and decides.
func (j *judging) conclude() {
	slices.SortStableFunc(j.decision.Reasons, order)
	slices.SortStableFunc(j.decision.Warnings, order)
	j.decision.Outcome = Released
	for _, r := range j.decision.Reasons {
		if r.Weight == Blocks {
			j.decision.Outcome = Blocked
			break
		}
		j.decision.Outcome = Undecided
	}
	j.decision.ExitCode = j.decision.Outcome.ExitCode()
}

// order puts what blocks first.
func order(a, b Reason) int {
	return cmp.Or(
		cmp.Compare(a.Weight, b.Weight), // blocks, lacks evidence, warns
		a.Key.Compare(b.Key), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.File, b.File), cmp.Compare(a.Why, b.Why),
	)
}
