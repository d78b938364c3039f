package gate

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// group is several reasons that differ in the check alone.
type group struct {
	Reason
	keys []string
}

// groups puts reasons together that say the same of several checks, in the order of the first.
func groups(reasons []Reason) []group {
	type same struct {
		kind                     Kind
		subject, file, why, turn string
	}
	at := map[same]int{}
	var all []group
	for _, r := range reasons {
		key := same{r.Kind, r.Subject, r.File, r.Why, r.Turn}
		i, there := at[key]
		if !there {
			i = len(all)
			at[key] = i
			all = append(all, group{Reason: r})
		}
		if r.Key != (compare.Key{}) {
			all[i].keys = append(all[i].keys, r.Key.String())
		}
	}
	return all
}

// about names what the reasons are about.
func (g group) about() string {
	what := some(g.keys)
	if g.Subject != "" {
		what = strings.TrimPrefix(what+" on "+reports.SafeLine(g.Subject), " ")
	}
	return strings.TrimPrefix(what+": "+string(g.Kind), ": ")
}

// weighed are the reasons of one weight.
func weighed(reasons []Reason, w Weight) []Reason {
	var all []Reason
	for _, r := range reasons {
		if r.Weight == w {
			all = append(all, r)
		}
	}
	return all
}

// section is a heading with the reasons below it.
type section struct {
	title  string
	groups []group
}

func (d Decision) sections() []section {
	return []section{
		{"what blocks", groups(weighed(d.Reasons, Blocks))},
		{"what lacks evidence", groups(weighed(d.Reasons, Lacks))},
		{"warnings", groups(d.Warnings)},
	}
}

// headline says in one line what was decided.
func (d Decision) headline() string {
	text := fmt.Sprintf("%s, %s, %s", plural(len(weighed(d.Reasons, Blocks)), "reason blocks", "reasons block"),
		plural(len(weighed(d.Reasons, Lacks)), "lacks evidence", "lack evidence"), plural(len(d.Warnings), "warning", "warnings"))
	at := d.At.UTC().Format(time.RFC3339)
	if d.AtGiven {
		return fmt.Sprintf("%s; decided as of %s, which --now gave", text, at)
	}
	return fmt.Sprintf("%s; decided at %s", text, at)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// title names the policy.
func (d Decision) title() string {
	switch {
	case d.Policy != "" && d.File != "":
		return fmt.Sprintf("%s (%s)", d.Policy, d.File)
	case d.File != "":
		return d.File
	default:
		return d.Policy
	}
}

// next says what to do.
func (d Decision) next() string {
	switch d.Outcome {
	case Released:
		if n := len(d.Warnings); n > 0 {
			return plural(n, "warning", "warnings") + " to read"
		}
		return "nothing stands in the way"
	case Blocked:
		return "do what stands behind \"to turn it\" of each reason that blocks, and decide again"
	case Undecided:
	}
	return "bring the evidence that is missing, and decide again"
}

// Text writes the decision for a person at a terminal. Whatever came from results or from the
// policy is escaped.
func Text(w io.Writer, d Decision) error {
	var b strings.Builder
	for _, s := range d.sections() {
		if len(s.groups) == 0 {
			continue
		}
		b.WriteString("\n" + s.title + "\n")
		for _, g := range s.groups {
			fmt.Fprintf(&b, "  %s\n", g.about())
			part(&b, "why", g.Why)
			part(&b, "to turn it", g.Turn)
			part(&b, "result", g.File)
		}
	}
	writeQuarantine(&b, d.Quarantine)
	if err := d.writeTables(&b); err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	fmt.Fprintf(&b, "\n%s by %s: %s\n", strings.ToUpper(string(d.Outcome)), reports.SafeLine(d.title()), d.headline())
	b.WriteString("next: " + d.next() + "\n")
	if _, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n")); err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	return nil
}

func part(b *strings.Builder, name, text string) {
	if text != "" {
		fmt.Fprintf(b, "    %-10s  %s\n", name, reports.SafeLine(text))
	}
}

func writeQuarantine(b *strings.Builder, all []Excused) {
	if len(all) == 0 {
		return
	}
	b.WriteString("\nquarantine\n")
	for _, x := range all {
		name := x.Key.String()
		if x.Subject != "" {
			name += " on " + reports.SafeLine(x.Subject)
		}
		fmt.Fprintf(b, "  %s: %s, until %s\n", name, x.State, x.Expires)
		part(b, "excuses", some(x.Files))
		part(b, "new", some(x.New))
		part(b, "owner", x.Owner)
		part(b, "reason", x.Reason)
		part(b, "link", x.Link)
	}
}

func (d Decision) writeTables(b *strings.Builder) error {
	b.WriteString("\ncoverage\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	rows := "  SUBJECT\tREQUIRED\tPASSED\tFAILED\tINCONCLUSIVE\tSKIPPED\tNOT RUN\tQUARANTINED\tRESULT\n"
	for _, c := range d.Coverage {
		if len(c.Results) == 0 {
			rows += fmt.Sprintf("  %s\t-\t-\t-\t-\t-\t-\t-\tno result\n", reports.SafeLine(c.Subject))
		}
		for _, s := range c.Results {
			rows += fmt.Sprintf("  %s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s: %s\n", reports.SafeLine(c.Subject), s.Required, s.Passed, s.Failed,
				s.Inconclusive, s.Skipped, s.NotRun, s.Quarantined, reports.SafeLine(s.File), s.Versions)
		}
	}
	_, err := io.WriteString(table, rows)
	if err = errors.Join(err, table.Flush()); err != nil {
		return err
	}
	b.WriteString("\nresults\n")
	for _, r := range d.Results {
		fmt.Fprintf(b, "  %s: %s, started %s, %s\n", reports.SafeLine(r.File), r.Verdict, r.Started.UTC().Format(time.RFC3339), r.Evidence)
	}
	for _, c := range d.Compared {
		fmt.Fprintf(b, "  %s: compared with %s, run %s: %s; %s\n", reports.SafeLine(c.File), reports.SafeLine(c.FormerFile),
			reports.SafeLine(c.Before.Run), c.counts(), differences(c.Versions))
	}
	return nil
}

// String says what became of the evidence.
func (e Evidence) String() string {
	switch {
	case e.Intact+e.Missing == 0:
		return "without evidence"
	case e.Missing == 0:
		return fmt.Sprintf("%s of evidence intact", plural(e.Intact, "file", "files"))
	case e.Intact == 0:
		return fmt.Sprintf("its %s not there", plural(e.Missing, "file of evidence is", "files of evidence are"))
	default:
		return fmt.Sprintf("%s of evidence intact, %d not there", plural(e.Intact, "file", "files"), e.Missing)
	}
}

// counts says how much was compared.
func (c Compared) counts() string {
	text := plural(c.Rates, "rate", "rates") + ", " + plural(c.Times, "time", "times")
	if c.Pace != 1 {
		text += fmt.Sprintf(" (%.3g times as long in the middle)", c.Pace)
	}
	return text
}

// differences are the versions that differ, in one line.
func differences(versions []compare.Version) string {
	if len(versions) == 0 {
		return "the same versions"
	}
	var parts []string
	for _, v := range versions {
		parts = append(parts, fmt.Sprintf("%s %s to %s", v.Component, orNone(v.Before), orNone(v.After)))
	}
	return reports.SafeLine(strings.Join(parts, ", "))
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}
