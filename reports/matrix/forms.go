package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/throughline/throughline/reports"
)

// Table writes the plan for a person: a line for each cell, what the cells cover, what they cost,
// and how the shards share them.
func Table(w io.Writer, p Plan) error {
	var b strings.Builder
	var rows strings.Builder
	for _, a := range p.Axes {
		rows.WriteString(strings.ToUpper(a.String()) + "\t")
	}
	rows.WriteString("COST\tFROM\t")
	if p.Shards != nil {
		rows.WriteString("SHARD\t")
	}
	rows.WriteString("CELL\n")
	for _, c := range p.Cells {
		for _, a := range p.Axes {
			rows.WriteString(c.Cell[a] + "\t")
		}
		rows.WriteString(elapsed(c.Cost.Seconds) + "\t" + c.Cost.source() + "\t")
		if p.Shards != nil {
			rows.WriteString(p.shardOf(c.Name) + "\t")
		}
		rows.WriteString(c.Name + "\n")
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(table, rows.String())
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	b.WriteString("\n" + p.Coverage.String() + "\n")
	b.WriteString(p.price() + "\n")
	b.WriteString("next: throughline matrix run\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

func (c Cost) source() string {
	if c.Results == 0 {
		return string(c.From)
	}
	return fmt.Sprintf("%s (%d)", c.From, c.Results)
}

// String says the coverage in a sentence.
func (c Coverage) String() string {
	text := fmt.Sprintf("%s: %d of %d cells", c.Reduce, c.Cells-c.Outside, c.Product)
	if c.Outside > 0 {
		text += fmt.Sprintf(", and %d from outside of the axes", c.Outside)
	}
	if c.Excluded > 0 {
		text += fmt.Sprintf(" (%d are excluded)", c.Excluded)
	}
	text += fmt.Sprintf("; they cover %d of %d %s of values that may meet", c.Covered, c.Feasible, c.Of)
	if c.Of == "values" {
		text = strings.TrimSuffix(text, " of values that may meet")
	}
	if apart := c.Possible - c.Feasible; apart > 0 {
		text += fmt.Sprintf("; the excludes keep %d apart", apart)
	}
	return text
}

// price says in a sentence what the plan costs.
func (p Plan) price() string {
	text := "cost: " + elapsed(p.Seconds) + " one after another"
	if p.Shards == nil {
		return text
	}
	text += fmt.Sprintf(", %s on %d runners with the longest cells first", elapsed(p.Makespan), len(p.Shards))
	if p.Makespan <= p.Bound*(1+1e-9) {
		return text + ", the least that there can be"
	}
	return text + fmt.Sprintf("; no assignment takes less than %s", elapsed(p.Bound))
}

func elapsed(seconds float64) string {
	return reports.Elapsed(time.Duration(seconds * float64(time.Second)))
}

// JSON writes the plan as indented JSON.
func JSON(w io.Writer, p Plan) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// job is what one runner of a CI server does: a shard, or a cell where there are no shards.
type job struct {
	Name string `json:"name"`
	// Cells are names of cells, separated by commas, as `throughline matrix run --cells` takes them.
	Cells string `json:"cells"`
	// Minutes is the expected cost, rounded up.
	Minutes int `json:"minutes"`
}

func (p Plan) jobs() []job {
	var jobs []job
	if p.Shards == nil {
		for _, c := range p.Cells {
			jobs = append(jobs, job{c.Name, c.Name, minutes(c.Cost.Seconds)})
		}
	}
	for _, s := range p.Shards {
		jobs = append(jobs, job{s.Name, strings.Join(s.Cells, ","), minutes(s.Seconds)})
	}
	return jobs
}

func minutes(seconds float64) int { return int(math.Ceil(seconds / 60)) }

// The jobs that one matrix of GitHub, and one pipeline of GitLab, may have.
const (
	githubJobs = 256
	gitlabJobs = 500
)

func (p Plan) within(most int, server string) ([]job, error) {
	jobs := p.jobs()
	if len(jobs) > most {
		return nil, fmt.Errorf("the plan has %d jobs, and %s takes %d; share the cells with --shards", len(jobs), server, most)
	}
	return jobs, nil
}

// GitHub writes the plan as the value of strategy.matrix of a GitHub workflow: one line of JSON,
// `{"include":[…]}`.
func GitHub(w io.Writer, p Plan) error {
	jobs, err := p.within(githubJobs, "GitHub")
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string][]job{"include": jobs})
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if _, err = w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// GitLab writes the plan as a child pipeline of GitLab: a job for each cell, or for each shard. Run
// folders are named after their year; so `latest` does not show each test twice.
func GitLab(w io.Writer, p Plan) error {
	jobs, err := p.within(gitlabJobs, "GitLab")
	if err != nil {
		return err
	}
	pipeline := yaml.MapSlice{
		{Key: "stages", Value: []string{"matrix"}},
		{Key: ".cells", Value: yaml.MapSlice{
			{Key: "stage", Value: "matrix"},
			{Key: "script", Value: []string{`make matrix CELLS="$CELLS"`}},
			{Key: "artifacts", Value: yaml.MapSlice{
				{Key: "when", Value: "always"},
				{Key: "expire_in", Value: "30 days"},
				{Key: "paths", Value: []string{"out/matrix/"}},
				{Key: "reports", Value: yaml.MapSlice{{Key: "junit", Value: "out/matrix/*/2*/junit.xml"}}},
			}},
		}},
	}
	for _, j := range jobs {
		pipeline = append(pipeline, yaml.MapItem{Key: j.Name, Value: yaml.MapSlice{
			{Key: "extends", Value: ".cells"},
			{Key: "variables", Value: yaml.MapSlice{{Key: "CELLS", Value: j.Cells}}},
			{Key: "timeout", Value: strconv.Itoa(patience*j.Minutes+warmUp) + " minutes"},
		}})
	}
	var buf bytes.Buffer
	if err := yaml.NewEncoder(&buf, yaml.IndentSequence(true)).Encode(pipeline); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}

// A job may take patience times its expected minutes, and warmUp more: the first one on a runner
// builds every image.
const (
	patience = 2
	warmUp   = 60
)
