package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites/rules"
)

// ListedRule is one rule of the derivation as a list shows it.
type ListedRule struct {
	Name      string `json:"name"`
	Statement string `json:"statement"`
	Source    string `json:"source"`
	Requests  int    `json:"requests"`
	// Setting is how the mesh traces, in words.
	Setting string `json:"setting"`
}

// ListRules is the rules of those names in their own order; no name asks for all. It
// fails for a name that no rule has.
func ListRules(names []string) ([]ListedRule, error) {
	chosen, err := choose(names)
	if err != nil {
		return nil, err
	}
	listed := make([]ListedRule, 0, len(chosen))
	for _, r := range chosen {
		listed = append(listed, ListedRule{
			Name: r.Name, Statement: r.Statement, Source: r.Source,
			Requests: r.Traffic.Requests, Setting: r.Traffic.Mesh.String(),
		})
	}
	return listed, nil
}

// choose is the rules of those names.
func choose(names []string) ([]rules.Rule, error) {
	chosen, unknown := rules.Select(names)
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there is no rule %s; `throughline record --list` shows all", strings.Join(unknown, ", "))
	}
	return chosen, nil
}

// Recordings are what a recording of rules leaves.
type Recordings struct {
	// Rules are those that were sent, in the order in which they were.
	Rules []Recorded `json:"rules"`
	// Problem is why not all of them were; empty where they were.
	Problem string `json:"problem,omitempty"`
	// Kept says, line by line, how to reach and remove the cluster that was left.
	Kept []string `json:"-"`
}

// ExitCode is 1 where a rule differs, else 3 where one was not recorded, else 0.
func (r Recordings) ExitCode() int {
	code := reports.ExitPassed
	if r.Problem != "" || len(r.Rules) == 0 {
		code = reports.ExitInconclusive
	}
	for _, one := range r.Rules {
		switch one.Outcome {
		case Differs:
			return reports.ExitFailed
		case Unrecorded:
			code = reports.ExitInconclusive
		case Agrees:
		}
	}
	return code
}

// Record brings everything up as Run does, sends the traffic of the rules of those
// names (no name asks for all), writes a file for each into a folder, and takes
// everything down, also when ctx ends. The error is for a name that no rule has.
func Record(ctx context.Context, settings Settings, names []string, into string) (Recordings, error) {
	chosen, err := choose(names)
	if err != nil {
		return Recordings{}, err
	}
	r := newRun(settings, slices.Concat(topology.All(), rules.Topologies(chosen)))
	done := Recordings{Rules: []Recorded{}}
	problem := r.everything(ctx, func(ctx context.Context, lab *Lab) error {
		c := capture{
			sender: lab, versions: r.versions, into: into, patience: r.Config.Timeouts.Check,
			random: rand.New(rand.NewPCG(uint64(r.seed), uint64(r.started.UnixNano()))), //nolint:gosec // ids, not secrets
		}
		return r.phase(fmt.Sprintf("record %d rules", len(chosen)), func() error {
			var err error
			done.Rules, err = c.all(ctx, chosen, r.Progress)
			return err
		})
	})
	if problem != nil {
		done.Problem = problem.Error()
	}
	if r.keeps() {
		done.Kept = r.kept
	}
	return done, nil
}

// all records the rules, those of one mesh after another, and says of each at once what
// became of it. It ends early only with ctx, or where nothing can be said.
func (c capture) all(ctx context.Context, chosen []rules.Rule, shown io.Writer) ([]Recorded, error) {
	all := []Recorded{}
	for _, rule := range together(chosen) {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		start := time.Now()
		out := c.rule(ctx, rule)
		all = append(all, out)
		if _, err := io.WriteString(shown, out.line(time.Since(start))); err != nil {
			return all, err
		}
	}
	return all, ctx.Err()
}

// line is what is said of a rule when it is done.
func (o Recorded) line(took time.Duration) string {
	text := fmt.Sprintf("%-12s %7s  %s\n", o.Outcome, reports.Elapsed(took), o.Rule)
	if o.Reason != "" {
		text += indent(o.Reason)
	}
	return text
}

// together puts rules of one mesh behind one another, so that it is configured once.
func together(chosen []rules.Rule) []rules.Rule {
	var meshes []string
	byMesh := map[string][]rules.Rule{}
	for _, r := range chosen {
		mesh := r.Traffic.Mesh.String()
		if byMesh[mesh] == nil {
			meshes = append(meshes, mesh)
		}
		byMesh[mesh] = append(byMesh[mesh], r)
	}
	var all []rules.Rule
	for _, mesh := range meshes {
		all = append(all, byMesh[mesh]...)
	}
	return all
}

// PlanRecord writes what a recording of those rules would do. It changes nothing.
func PlanRecord(ctx context.Context, w io.Writer, cfg config.Config, names []string, into string) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	text := "\nwould record into " + into + "\n"
	mesh := ""
	for _, r := range together(chosen) {
		if next := r.Traffic.Mesh.String(); next != mesh {
			mesh = next
			text += "  with " + mesh + "\n"
		}
		text += "    " + r.Name + "\n"
	}
	return preview(ctx, w, cfg, text)
}
