package reports

import (
	"bytes"
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// DecodeBrief is DecodeText for whoever reads many results and only wants to know how their
// checks ended: it takes half the time and a third of the memory. What it gives lacks
// the environment, the configuration and phases, and of each check the title, the prose,
// the place, the time, the tests, the measures, the cases and all findings but the first, of which a
// check that passed has nothing. It refuses what DecodeText refuses, except in what it leaves
// out: that must be JSON, and no more.
func DecodeBrief(text []byte, name string) (Result, error) {
	return decodeResult(text, name, func(into *Result) error {
		var brief briefResult
		if err := decode(text, &brief); err != nil {
			return decode(text, into) // It says better what is wrong, or knows another spelling.
		}
		*into = brief.result()
		return nil
	})
}

// leftOut is a value of which nothing is kept.
type leftOut struct{}

// UnmarshalJSONFrom passes over the value.
func (*leftOut) UnmarshalJSONFrom(d *jsontext.Decoder) error { return d.SkipValue() }

// briefResult has every field of Result.
type briefResult struct {
	Schema        string       `json:"schema"`
	Verdict       Verdict      `json:"verdict"`
	Reason        leftOut      `json:"reason"`
	ExitCode      int          `json:"exitCode"`
	Run           string       `json:"run"`
	Subject       Subject      `json:"subject"`
	Environment   leftOut      `json:"environment"`
	Configuration leftOut      `json:"configuration"`
	Seed          int64        `json:"seed"`
	Started       time.Time    `json:"started"`
	Finished      time.Time    `json:"finished"`
	Problem       string       `json:"problem"`
	Notes         []string     `json:"notes"`
	Phases        leftOut      `json:"phases"`
	Checks        []briefCheck `json:"checks"`
}

// briefCheck is a Check that is read in brief.
type briefCheck Check

// errOtherwise is what a check is that no run writes so.
var errOtherwise = errors.New("not as a run writes it")

// UnmarshalJSONFrom reads the check member by member: by far most of a result are checks.
func (c *briefCheck) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if err := open(d, '{'); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err = c.member(string(name), d); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (c *briefCheck) member(name string, d *jsontext.Decoder) error {
	switch name {
	case `"id"`:
		return text(d, &c.ID)
	case `"case"`:
		return text(d, &c.Case)
	case `"area"`:
		return text(d, &c.Area)
	case `"profile"`:
		return text(d, &c.Profile)
	case `"control"`:
		return json.UnmarshalDecode(d, &c.Control)
	case `"controlName"`:
		return text(d, &c.ControlName)
	case `"round"`:
		return json.UnmarshalDecode(d, &c.Round)
	case `"verdict"`:
		return text(d, &c.Verdict)
	case `"reason"`:
		return text(d, &c.Reason)
	case `"findings"`:
		return c.finding(d)
	case `"statistics"`:
		return json.UnmarshalDecode(d, &c.Statistics)
	case `"evidence"`:
		return json.UnmarshalDecode(d, &c.Evidence)
	case `"title"`, `"profileReason"`, `"seconds"`, `"tests"`, `"measures"`, `"cases"`, `"location"`, `"prose"`:
		return d.SkipValue()
	default:
		return errOtherwise
	}
}

// finding reads the first of the findings, and passes over the others. Of a check that passed it only
// looks whether there is one: its control caught something, or it contradicts itself.
func (c *briefCheck) finding(d *jsontext.Decoder) error {
	if err := open(d, '['); err != nil {
		return err
	}
	switch {
	case d.PeekKind() == ']':
	case c.Verdict == Passed:
		c.Findings = []traces.Finding{{}}
	default:
		c.Findings = make([]traces.Finding, 1)
		if err := json.UnmarshalDecode(d, &c.Findings[0]); err != nil {
			return err
		}
		first := c.Findings[0]
		c.Findings[0] = traces.Finding{Kind: first.Kind, Service: first.Service, Observed: first.Observed}
	}
	for d.PeekKind() != ']' {
		if err := d.SkipValue(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// open reads the beginning of an object or of a list.
func open(d *jsontext.Decoder, kind jsontext.Kind) error {
	if d.PeekKind() != kind {
		return errOtherwise
	}
	_, err := d.ReadToken()
	return err
}

// text reads a string.
func text[T ~string](d *jsontext.Decoder, into *T) error {
	if d.PeekKind() != '"' {
		return errOtherwise
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	if bytes.IndexByte(value, '\\') >= 0 {
		unquoted, err := jsontext.AppendUnquote(nil, value)
		*into = T(unquoted)
		return err
	}
	plain := value[1 : len(value)-1]
	if string(plain) == string(Passed) { // Most are, and need no memory of their own.
		*into = T(Passed)
		return nil
	}
	*into = T(plain)
	return nil
}

func (b briefResult) result() Result {
	r := Result{
		Schema: b.Schema, Verdict: b.Verdict, ExitCode: b.ExitCode, Run: b.Run, Subject: b.Subject,
		Seed: b.Seed, Started: b.Started, Finished: b.Finished, Problem: b.Problem, Notes: b.Notes, Checks: make([]Check, 0, len(b.Checks)),
	}
	for _, c := range b.Checks {
		r.Checks = append(r.Checks, Check(c))
	}
	return r
}
