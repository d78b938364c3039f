package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// view is what the template shows.
type view struct {
	Title, Verdict, Reason safe
	Counts                 []safe
	Subject, About         []fact
	// Failures are told at once, More when they are asked for.
	Failures, More []failure
	Former         *comparison
	Groups         []choices
	Rows           []row
	Notes          []safe
	Phases         []phase
	Facts          []facts
	Data           data
}

// data is what the scripts read.
type data struct {
	Settings settings
	Index    []found
	Details  []detail
}

type settings struct {
	Jaeger safe `json:"jaeger,omitempty"`
	// Former names the run that this one is compared with.
	Former safe `json:"former,omitempty"`
}

// fact is a name with its value; Was is the value in the former run where that is another.
type fact struct{ Name, Value, Was safe }

type facts struct {
	Title safe
	List  []fact
}

// failure is one line of what failed and why.
type failure struct {
	Verdict, Name, What, Why safe
	// Row is the number of its row.
	Row int
}

// phase is a step of the run on the time axis of all, in percent.
type phase struct {
	Name, Took, Error safe
	From, Width       safe
}

// choices are the values by which rows can be chosen.
type choices struct {
	Title, Key safe
	List       []choice
}

type choice struct {
	Value safe
	Count int
}

// shownFailures is how many failures the first screen tells.
const shownFailures = 30

func viewOf(report Report) view {
	result := report.Result.Sound()
	outcome := result.Outcome()
	groups := groupsOf(result.Checks)
	former := formerOf(report.Former)
	details := detailsOf(report.Folder, groups, former)
	v := view{
		Title:   line("Throughline: " + titleOf(outcome, result)),
		Verdict: line(outcome.Verdict), Reason: text(inShort(outcome.Reason)),
		Counts: counts(result), Subject: subject(result, former), About: about(result),
		Rows: rowsOf(groups), Phases: phasesOf(result), Facts: factsOf(result), Notes: lines(result.Notes),
		Data: data{
			Settings: settings{Jaeger: line(strings.TrimRight(report.Jaeger, "/"))},
			Index:    indexOf(groups, details), Details: details,
		},
	}
	if result.Problem != "" {
		v.Failures = append(v.Failures, failure{Verdict: line(reports.Inconclusive), Name: "run", Why: line(result.Problem), Row: -1})
	}
	v.Failures = append(v.Failures, failuresOf(groups)...)
	if len(v.Failures) > shownFailures {
		v.Failures, v.More = v.Failures[:shownFailures], v.Failures[shownFailures:]
	}
	if former != nil {
		v.Former = former.compared(result, groups, details)
		v.Data.Settings.Former = v.Former.Run
	}
	v.Groups = choicesOf(v.Data.Index)
	return v
}

func titleOf(outcome reports.Outcome, result reports.Result) string {
	title := string(outcome.Verdict)
	for _, component := range []string{"istio", "envoy"} {
		if version := result.Subject.Versions[component]; version != "" {
			title += fmt.Sprintf(", %s %s", component, version)
		}
	}
	return title
}

// maxReason bounds the reason in the heading, in runes: what failed is told below.
const maxReason = 160

// inShort is a reason as a heading has it.
func inShort(reason string) string {
	runes := []rune(reason)
	if len(runes) <= maxReason {
		return reason
	}
	cut := string(runes[:maxReason])
	if i := strings.LastIndexAny(cut, ",;\n"); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}

func counts(result reports.Result) []safe {
	var all []safe
	count := result.Count()
	for _, of := range []struct {
		noun  string
		tally reports.Tally
	}{{"check", count.Checks}, {"control", count.Controls}} {
		for _, part := range []struct {
			n    int
			word reports.Verdict
		}{
			{of.tally.Failed, reports.Failed},
			{of.tally.Inconclusive, reports.Inconclusive},
			{of.tally.Skipped, reports.Skipped},
			{of.tally.Passed, reports.Passed},
		} {
			if part.n > 0 {
				all = append(all, line(fmt.Sprintf("%s %s", plural(part.n, of.noun), part.word)))
			}
		}
	}
	return all
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// subject is what was tested, components first.
func subject(result reports.Result, former *former) []fact {
	var was map[string]string
	if former != nil {
		was = former.Result.Subject.Versions
	}
	var all []fact
	for _, name := range slices.Sorted(maps.Keys(result.Subject.Versions)) {
		f := fact{Name: line(name), Value: line(result.Subject.Versions[name])}
		if before := was[name]; before != "" && before != result.Subject.Versions[name] {
			f.Was = line(before)
		}
		all = append(all, f)
	}
	for _, f := range []fact{
		{Name: "provider", Value: line(result.Subject.Provider)},
		{Name: "proxy flavour", Value: line(result.Subject.Flavour)},
		{Name: "cluster", Value: line(result.Subject.Cluster)},
	} {
		if f.Value != "" {
			all = append(all, f)
		}
	}
	return all
}

func about(result reports.Result) []fact {
	all := []fact{{Name: "run", Value: line(cmp.Or(result.Run, "unnamed"))}}
	if !result.Started.IsZero() {
		all = append(all, fact{Name: "started", Value: moment(result.Started)})
	}
	took := safe("the run has not finished")
	if !result.Finished.IsZero() {
		took = line(reports.Elapsed(result.Finished.Sub(result.Started)))
	}
	return append(all, fact{Name: "took", Value: took}, fact{Name: "seed", Value: line(fmt.Sprint(result.Seed))})
}

func moment(t time.Time) safe { return line(t.UTC().Format("2006-01-02 15:04:05 UTC")) }

// failuresOf are all checks and controls that failed, and then those that are inconclusive.
func failuresOf(groups []group) []failure {
	var all []failure
	for _, verdict := range []reports.Verdict{reports.Failed, reports.Inconclusive} {
		for row, g := range groups {
			for _, c := range g.all() {
				if c.Verdict == verdict {
					all = append(all, failure{
						Verdict: line(verdict), Name: line(c.Name()), What: what(c), Why: line(c.Why()), Row: row,
					})
				}
			}
		}
	}
	return all
}

// what is the check's title, or the sabotage of a control.
func what(c reports.Check) safe {
	title := c.Title
	if c.Control {
		title = "control: " + c.ControlName
	}
	if c.Round > 1 {
		title += fmt.Sprintf(" (round %d)", c.Round)
	}
	return line(title)
}

func phasesOf(result reports.Result) []phase {
	end := 0.0
	for _, p := range result.Phases {
		end = max(end, p.At+p.Seconds)
	}
	var all []phase
	for _, p := range result.Phases {
		one := phase{Name: line(p.Name), Took: elapsed(p.Seconds), Error: line(p.Error)}
		if end > 0 {
			one.From, one.Width = percent(p.At/end), percent(p.Seconds/end)
		}
		all = append(all, one)
	}
	return all
}

// percent is a share of 1 as a length.
func percent(share float64) safe { return line(fmt.Sprintf("%.3f%%", 100*min(max(share, 0), 1))) }

func elapsed(seconds float64) safe {
	return line(reports.Elapsed(time.Duration(seconds * float64(time.Second))))
}

func factsOf(result reports.Result) []facts {
	e := result.Environment
	machine := facts{Title: "Machine"}
	for _, f := range []fact{
		{Name: "throughline", Value: line(e.Throughline)},
		{Name: "go", Value: line(e.Go)},
		{Name: "system", Value: line(strings.Trim(e.OS+"/"+e.Arch, "/"))},
		{Name: "kernel", Value: line(e.Kernel)},
		{Name: "processors", Value: line(positive(int64(e.CPUs), ""))},
		{Name: "memory", Value: line(positive(e.MemoryMiB, " MiB"))},
	} {
		if f.Value != "" {
			machine.List = append(machine.List, f)
		}
	}
	all := []facts{machine, factsIn("Images", result.Subject.Images), factsIn("Configuration", result.Configuration)}
	return slices.DeleteFunc(all, func(f facts) bool { return len(f.List) == 0 })
}

func positive(n int64, unit string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d%s", n, unit)
}

func factsIn(title safe, values map[string]string) facts {
	all := facts{Title: title}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all.List = append(all.List, fact{Name: line(name), Value: line(values[name])})
	}
	return all
}

// choicesOf counts what the rows can be chosen by.
func choicesOf(index []found) []choices {
	count := func(title, key safe, order []safe, values func(f found) []safe) choices {
		n := map[safe]int{}
		for _, f := range index {
			for _, value := range values(f) {
				n[value]++
			}
		}
		all := choices{Title: title, Key: key}
		for _, value := range append(order, slices.Sorted(maps.Keys(n))...) {
			if n[value] > 0 {
				all.List = append(all.List, choice{value, n[value]})
				delete(n, value)
			}
		}
		return all
	}
	verdicts := []safe{line(reports.Failed), line(reports.Inconclusive), line(reports.Skipped), line(reports.Passed)}
	return []choices{
		count("Verdict", "verdicts", verdicts, func(f found) []safe { return f.Verdicts }),
		count("Area", "area", nil, func(f found) []safe { return []safe{f.Area} }),
		count("Profile", "profile", lines(reports.Profiles()), func(f found) []safe { return []safe{f.Profile} }),
	}
}
