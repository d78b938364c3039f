package gate

import (
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// Outcome is what a gate says.
type Outcome string

// The outcomes.
const (
	// Released: all that the policy asks for was shown, and nothing failed.
	Released Outcome = "released"
	// Blocked: something failed, or a quarantine has expired.
	Blocked Outcome = "blocked"
	// Undecided: nothing stands against a release but missing or inconclusive evidence.
	Undecided Outcome = "undecided"
)

// ExitUnusable is the exit code for input on which nothing can be decided.
const ExitUnusable = reports.ExitUsage

// ExitCode is that of the outcome: 0 for Released, 1 for Blocked, 3 for Undecided.
func (o Outcome) ExitCode() int {
	switch o {
	case Released:
		return reports.ExitPassed
	case Blocked:
		return reports.ExitFailed
	case Undecided:
	}
	return reports.ExitInconclusive
}

// Decision is what a policy makes of results. Its lists are in a fixed order, whatever the order
// of the results, and never nil.
type Decision struct {
	Outcome  Outcome `json:"outcome"`
	ExitCode int     `json:"exitCode"`
	// Policy is the name of the policy, File its file.
	Policy string `json:"policy,omitempty"`
	File   string `json:"file,omitempty"`
	// At is when it was decided. AtGiven says that somebody gave that moment in place of the clock's:
	// whoever calls Decide sets it.
	At      time.Time `json:"at"`
	AtGiven bool      `json:"atGiven"`
	// Reasons stand in the way of a release, those that block first.
	Reasons []Reason `json:"reasons"`
	// Warnings do not.
	Warnings []Reason `json:"warnings"`
	// Quarantine are all entries of the policy.
	Quarantine []Excused `json:"quarantine"`
	// Coverage says of each subject of the policy what there is.
	Coverage []Coverage `json:"coverage"`
	// Results are all that were given, Compared the former ones that they were compared with.
	Results  []Given    `json:"results"`
	Compared []Compared `json:"compared"`
}

// Weight says what a reason does.
type Weight string

// The weights.
const (
	// Blocks: it must not be released.
	Blocks Weight = "blocks"
	// Lacks: evidence is missing, or says nothing.
	Lacks Weight = "lacks evidence"
	// Warns: somebody should know.
	Warns Weight = "warns"
)

// Kind says in a word what a reason is.
type Kind string

// The kinds of reason.
const (
	CheckFailed       Kind = "check failed"
	ControlFailed     Kind = "control failed"
	QuarantineExpired Kind = "quarantine expired"
	NoResult          Kind = "no result"
	TooOld            Kind = "too old"
	Unfinished        Kind = "unfinished"
	NotRun            Kind = "not run"
	Skipped           Kind = "skipped"
	Inconclusive      Kind = "inconclusive"
	NothingPassed     Kind = "nothing passed"
	EvidenceMissing   Kind = "evidence missing"
	NoFormerResult    Kind = "no former result"
	NothingCompared   Kind = "nothing compared"
	Lost              Kind = "lost"
	NewlySkipped      Kind = "newly skipped"
	RateShifted       Kind = "rate shifted"
	TimeShifted       Kind = "time shifted"

	// These only warn.
	PassesAgain Kind = "passes again"
	OfNoSubject Kind = "of no subject"
	Superseded  Kind = "superseded"
	NoBaseline  Kind = "no baseline"
	Noted       Kind = "note"
)

// Reason is one thing that stands in the way of a release, or that somebody should know.
type Reason struct {
	Kind   Kind   `json:"kind"`
	Weight Weight `json:"weight"`
	// Subject is the name of the policy's subject, or of several; where a result is of none, its
	// versions.
	Subject string `json:"subject,omitempty"`
	// File and Run are those of the result, where it is about one.
	File string `json:"file,omitempty"`
	Run  string `json:"run,omitempty"`
	// Key is the check or the control, where it is about one.
	Key compare.Key `json:"key,omitzero"`
	// Why says what was seen, Turn what would turn it.
	Why  string `json:"why"`
	Turn string `json:"turn"`
}

// Excused is what became of an entry of the quarantine.
type Excused struct {
	Key     compare.Key `json:"key"`
	Subject string      `json:"subject,omitempty"`
	Owner   string      `json:"owner"`
	Reason  string      `json:"reason"`
	Link    string      `json:"link"`
	Expires Date        `json:"expires"`
	// State is what the entry does today, Files the results in which it excuses something.
	State State    `json:"state"`
	Files []string `json:"files,omitempty"`
	// New says of each result in which it excuses a failure that the former one has not what that one has.
	New []string `json:"new,omitempty"`
}

// State is what a quarantine entry does.
type State string

// The states of a quarantine entry.
const (
	// InForce: the check did not pass, or is lost, and is excused.
	InForce State = "in force"
	// Needless: the check passed wherever it ran, whatever its rates and times did.
	Needless State = "passes again"
	// Unused: the check ran nowhere or was skipped, and nothing asks for it.
	Unused State = "unused"
	// Expired: its last day is over.
	Expired State = "expired"
)

// Coverage is what there is of one subject of the policy.
type Coverage struct {
	Subject string `json:"subject"`
	// Results are what there is of it, the newest first.
	Results []Shown `json:"results"`
	// Fresh says whether the newest is new enough.
	Fresh bool `json:"fresh"`
}

// Shown is what one result shows of a subject: how the required checks ended, their controls
// left out.
type Shown struct {
	File     string    `json:"file"`
	Run      string    `json:"run"`
	Versions string    `json:"versions"`
	Started  time.Time `json:"started"`
	// Required are all that must pass. Of them Quarantined are excused, whatever came out, and
	// counted nowhere else.
	Required     int `json:"required"`
	Passed       int `json:"passed"`
	Failed       int `json:"failed"`
	Inconclusive int `json:"inconclusive"`
	Skipped      int `json:"skipped"`
	NotRun       int `json:"notRun"`
	Quarantined  int `json:"quarantined"`

	// excusedFailures are those of Quarantined that failed.
	excusedFailures int
}

// Given is one result that was given.
type Given struct {
	File     string          `json:"file"`
	SHA256   string          `json:"sha256,omitempty"`
	Run      string          `json:"run"`
	Subject  string          `json:"subject"`
	Started  time.Time       `json:"started"`
	Verdict  reports.Verdict `json:"verdict"`
	Evidence Evidence        `json:"evidence"`
}

// Compared are two results that were compared: File with the former one in FormerFile.
type Compared struct {
	File       string            `json:"file"`
	FormerFile string            `json:"formerFile"`
	Before     compare.Run       `json:"before"`
	After      compare.Run       `json:"after"`
	Versions   []compare.Version `json:"versions"`
	// Rates and Times are how many of each could be compared.
	Rates int `json:"rates"`
	Times int `json:"times"`
	// Pace is how many times as long as before the times are in the middle.
	Pace float64 `json:"pace"`
}
