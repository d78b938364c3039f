package matrix_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
)

var update = flag.Bool("update", false, "write golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func full(t *testing.T) matrix.Matrix {
	t.Helper()
	content, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(content))
}

// anyMatrix draws a matrix of up to four axes, with excludes and includes that may be.
func anyMatrix(t *rapid.T) matrix.Matrix {
	m := matrix.Matrix{Reduce: matrix.Pairwise, Cost: time.Minute}
	for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom(matrix.Axes()), 1, 4, rapid.ID).Draw(t, "axes") {
		for i := range rapid.IntRange(1, 4).Draw(t, "values") {
			m.Values[a] = append(m.Values[a], fmt.Sprintf("%d.%d", a, i))
		}
	}
	partial := func(label string) matrix.Cell {
		var c matrix.Cell
		for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom(m.Axes()), 1, len(m.Axes()), rapid.ID).Draw(t, label) {
			c[a] = rapid.SampledFrom(m.Values[a]).Draw(t, "value")
		}
		return c
	}
	for range rapid.IntRange(0, 6).Draw(t, "excludes") {
		m.Exclude = append(m.Exclude, partial("exclude"))
	}
	left := feasible(m)
	if len(left) == 0 {
		t.Skip("nothing is left")
	}
	for range rapid.IntRange(0, 3).Draw(t, "includes") {
		if c := partial("include"); slices.ContainsFunc(left, func(l matrix.Cell) bool { return l.Matches(c) }) {
			m.Include = append(m.Include, c)
		}
	}
	return m
}

// feasible are the cells that may be, as one would write them for one test.
func feasible(m matrix.Matrix) []matrix.Cell {
	cells := []matrix.Cell{{}}
	for a, values := range m.Values {
		var next []matrix.Cell
		for _, c := range cells {
			for _, v := range values {
				c[a] = v
				next = append(next, c)
			}
		}
		if values != nil {
			cells = next
		}
	}
	return slices.DeleteFunc(cells, func(c matrix.Cell) bool {
		return slices.ContainsFunc(m.Exclude, func(e matrix.Cell) bool { return c.Matches(e) })
	})
}

// pairs are the pairs of values that the cells have; values where there is one axis.
func pairs(cells []matrix.Cell) map[string]bool {
	all := map[string]bool{}
	for _, c := range cells {
		for a := range c {
			for b := range c {
				if c[a] != "" && c[b] != "" && (a < b || strings.Join(c[:], "") == c[a]) {
					all[fmt.Sprint(a, c[a], b, c[b])] = true
				}
			}
		}
	}
	return all
}

func cellsOf(p matrix.Plan) []matrix.Cell {
	var cells []matrix.Cell
	for _, c := range p.Cells {
		cells = append(cells, c.Cell)
	}
	return cells
}

func TestAReductionCoversEveryPairThatMayMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatrix(t)
		plan := matrix.NewPlan(m, nil, 0)
		want, got := pairs(feasible(m)), pairs(cellsOf(plan))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("pairs (-feasible +covered):\n%s", diff)
		}
		if c := plan.Coverage; c.Covered != len(want) || c.Feasible != len(want) || c.Possible < len(want) || c.Cells != len(plan.Cells) {
			t.Fatalf("%+v, want all of %d pairs covered", c, len(want))
		}
	})
}

func TestAPlanHasWhatMustBeThereAndNothingThatMustNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatrix(t)
		m.Reduce = rapid.SampledFrom([]matrix.Reduction{matrix.All, matrix.Pairwise}).Draw(t, "reduce")
		may := feasible(m)
		cells := cellsOf(matrix.NewPlan(m, nil, 0))
		seen := map[matrix.Cell]bool{}
		for _, c := range cells {
			if seen[c] || !slices.Contains(may, c) {
				t.Fatalf("%s is planned twice, or excluded", c.Name())
			}
			seen[c] = true
		}
		for _, i := range m.Include {
			if !slices.ContainsFunc(cells, func(c matrix.Cell) bool { return c.Matches(i) }) {
				t.Fatalf("no cell of the include %s is planned", i.Name())
			}
		}
		if m.Reduce == matrix.All && len(cells) != len(may) {
			t.Fatalf("%d of %d cells are planned", len(cells), len(may))
		}
	})
}

func TestACellIsIncludedWhereAnIncludeMatchesIt(t *testing.T) {
	plan := matrix.NewPlan(decode(t, `version: 1
axes: {envoy: [1.40.0, 1.39.3], provider: [kind, existing]}
include:
- {provider: existing}
- {envoy: 1.38.0, provider: kind}
`), nil, 0)
	want := map[string]bool{
		"envoy1.40.0_kind": false, "envoy1.39.3_kind": false, // By neither.
		"envoy1.40.0_existing": true, "envoy1.39.3_existing": true, // By the partial one.
		"envoy1.38.0_kind": true, // By the whole one.
	}
	got := map[string]bool{}
	for _, c := range plan.Cells {
		got[c.Name] = c.Included
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestThePlanOfAMatrixIsAlwaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMatrix(t)
		shards := rapid.IntRange(0, 4).Draw(t, "shards")
		if diff := cmp.Diff(matrix.NewPlan(m, nil, shards), matrix.NewPlan(m, nil, shards)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAReductionIsSmallerThanEverything(t *testing.T) {
	m := decode(t, `version: 1
axes:
  kubernetes: [1.36.3, 1.35.7, 1.34.9]
  istio: [1.31.0, 1.30.2, 1.29.4]
  envoy: [1.40.0, 1.39.3, 1.38.2]
  jaeger: [2.13.0, 2.12.0, 2.11.0]
reduce: pairwise
`)
	// Nine are the least: any two axes have nine pairs, and a cell has one of them.
	if got := len(matrix.NewPlan(m, nil, 0).Cells); got != 9 {
		t.Errorf("81 cells are reduced to %d, want 9", got)
	}
}

func TestNamesTellCellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9.+-]{0,5}`)
		draw := func(label string) matrix.Cell {
			return matrix.Cell{matrix.Envoy: value.Draw(t, label), matrix.Jaeger: value.Draw(t, label), matrix.Provider: value.Draw(t, label)}
		}
		if a, b := draw("a"), draw("b"); a != b && a.Name() == b.Name() {
			t.Fatalf("%v and %v are both %s", a, b, a.Name())
		}
	})
}

func TestACellHasTheSettingsThatMatchIt(t *testing.T) {
	plan := matrix.NewPlan(full(t), nil, 0)
	got := map[string][]string{}
	for _, c := range plan.Cells {
		got[c.Name] = c.Args
		if len(c.Cluster) > 30 || !strings.HasPrefix(c.Cluster, "cell-") {
			t.Errorf("the cluster of %s is %s", c.Name, c.Cluster)
		}
	}
	want := []string{
		"--versions=kubernetes=1.36.3,istio=1.31.0,envoy=1.40.0,jaeger=2.12.0", "--provider=existing", "--proxy-flavour=upstream",
		"--check=P01", "--context=staging", "--timeout-mesh=8m",
	}
	if diff := cmp.Diff(want, got["kubernetes1.36.3_istio1.31.0_envoy1.40.0_jaeger2.12.0_existing_upstream"]); diff != "" {
		t.Errorf("arguments (-want +got):\n%s\nof %v", diff, got)
	}
	want = []string{
		"--versions=kubernetes=1.37.0-rc.1,istio=1.31.0,envoy=1.40.0,jaeger=2.13.0", "--provider=kind", "--proxy-flavour=upstream",
		"--check=propagation,sampling", "--timeout-mesh=8m",
	}
	if diff := cmp.Diff(want, got["kubernetes1.37.0-rc.1_istio1.31.0_envoy1.40.0_jaeger2.13.0_kind_upstream"]); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// ran is a result of a run of that Envoy that took so long.
func ran(envoy string, took time.Duration, configuration ...string) matrix.Stored {
	begun := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	r := reports.Result{
		Run: envoy + took.String(), Subject: reports.Subject{Versions: map[string]string{"envoy": envoy, "jaeger": "2.13.0"}},
		Configuration: map[string]string{"check": "", "repeat": "1", "alone": "false", "alpha": "1e-06", "labelFilter": "", "envoy": ""},
		Started:       begun, Finished: begun.Add(took),
	}
	for i := 0; i < len(configuration); i += 2 {
		r.Configuration[configuration[i]] = configuration[i+1]
	}
	return matrix.Stored{Path: r.Run + "/result.json", Result: r}
}

func TestTheCostOfACellIsLearnedFromFormerResults(t *testing.T) {
	m := decode(t, "version: 1\naxes: {envoy: [1.40.0, 1.39.3]}\ncost: {default: 7m}\n")
	broken, partial := ran("1.40.0", time.Second), ran("1.40.0", time.Second)
	broken.Problem, partial.Finished = "no cluster", time.Time{}
	for name, c := range map[string]struct {
		former []matrix.Stored
		want   []matrix.Cost
	}{
		"nothing is known": {nil, []matrix.Cost{{Seconds: 420, From: matrix.ByDefault}, {Seconds: 420, From: matrix.ByDefault}}},
		"the middle one of the same subject counts": {
			[]matrix.Stored{ran("1.40.0", time.Minute), ran("1.40.0", 2*time.Minute), ran("1.40.0", time.Hour), ran("1.39.3", 4*time.Minute)},
			[]matrix.Cost{{Seconds: 120, From: matrix.SameSubject, Results: 3}, {Seconds: 240, From: matrix.SameSubject, Results: 1}},
		},
		"of two the mean, and other subjects where there is none": {
			[]matrix.Stored{ran("1.40.0", time.Minute), ran("1.40.0", 2*time.Minute)},
			[]matrix.Cost{{Seconds: 90, From: matrix.SameSubject, Results: 2}, {Seconds: 90, From: matrix.OtherSubjects, Results: 2}},
		},
		"a run of other checks, or one that broke, says nothing": {
			[]matrix.Stored{ran("1.40.0", time.Second, "check", "P01"), ran("1.40.0", time.Second, "repeat", "10"), broken, partial},
			[]matrix.Cost{{Seconds: 420, From: matrix.ByDefault}, {Seconds: 420, From: matrix.ByDefault}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []matrix.Cost
			for _, cell := range matrix.NewPlan(m, c.former, 0).Cells {
				got = append(got, cell.Cost)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAResultIsOfACellThatItsSettingsAgreeWith(t *testing.T) {
	m := decode(t, "version: 1\naxes: {envoy: [1.40.0]}\nsettings: [{run: {check: [P01, S01], alone: false}}]\n")
	cell := matrix.NewPlan(m, nil, 0).Cells[0]
	for name, c := range map[string]struct {
		of   matrix.Stored
		want bool
	}{
		"the same":      {ran("1.40.0", time.Minute, "check", "P01,S01"), true},
		"other checks":  {ran("1.40.0", time.Minute), false},
		"another cell":  {ran("1.39.3", time.Minute, "check", "P01,S01"), false},
		"another order": {ran("1.40.0", time.Minute, "check", "P01,S01", "seed", "9"), true},
	} {
		if got := cell.Did(c.of.Result); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// decisive are the settings that decide what a run does: the flag, the field of a result's configuration,
// a value of each that mean the same, and a value of the flag that means what holds where it is not given.
func decisive() []struct{ flag, field, told, recorded, nothing string } {
	return []struct{ flag, field, told, recorded, nothing string }{
		{"check", "check", "P01,S01", "P01,S01", ""},
		{"check", "check", "P01, S01,P01", "P01,S01", ""},
		{"label-filter", "labelFilter", "!slow", "!slow", ""},
		{"repeat", "repeat", "010", "10", "01"},
		{"repeat", "repeat", "1000000", "1000000", "1"},
		{"alone", "alone", "T", "true", "0"},
		{"alpha", "alpha", "0.001", "0.001", "0.000001"},
		{"alpha", "alpha", "1E-9", "1e-09", "1e-6"},
		{"envoy", "envoy", "build/envoy", "build/envoy", ""},
		{"images", "images", "registry", "registry", "source"},
	}
}

func TestAResultOfOtherWorkIsNotOfTheCell(t *testing.T) {
	cell := func(flag, value string) matrix.Planned {
		m := matrix.Matrix{Reduce: matrix.All, Settings: []matrix.Settings{{Flags: map[string]string{}}}}
		m.Values[matrix.Jaeger] = []string{"2.13.0"}
		if value != "" {
			m.Settings[0].Flags[flag] = value
		}
		return matrix.NewPlan(m, nil, 0).Cells[0]
	}
	for _, d := range decisive() {
		plain, other := ran("1.40.0", time.Minute).Result, ran("1.40.0", time.Minute, d.field, d.recorded).Result
		for _, c := range []struct {
			told string
			of   reports.Result
			want bool
		}{
			{d.told, other, true},
			{d.told, plain, false},
			{"", other, false},
			{"", plain, true},
			{d.nothing, plain, true},
			{d.nothing, other, false},
		} {
			if got := cell(d.flag, c.told).Did(c.of); got != c.want {
				t.Errorf("--%s=%s is done by a run of %q: %t", d.flag, c.told, c.of.Configuration[d.field], got)
			}
		}
	}
}

func TestARunIsMadeAnewWithAllThatDecidesWhatItDoes(t *testing.T) {
	for _, d := range decisive() {
		got := matrix.Reproduce(ran("1.40.0", time.Minute, d.field, d.recorded).Result)
		want := []string{"--versions=envoy=1.40.0,jaeger=2.13.0", "--" + d.flag + "=" + d.recorded}
		if d.flag == "envoy" || d.flag == "images" {
			want[0] = "--versions=jaeger=2.13.0" // Which Envoy it is follows from the flag.
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %s (-want +got):\n%s", d.recorded, diff)
		}
	}
}

func TestARunOnAnExistingClusterIsMadeAnewWithoutAVersionOfKubernetes(t *testing.T) {
	r := ran("1.40.0", time.Minute).Result
	r.Subject.Versions["kubernetes"], r.Subject.Provider = "1.36.3", "existing"
	want := []string{"--versions=envoy=1.40.0,jaeger=2.13.0", "--provider=existing"}
	if diff := cmp.Diff(want, matrix.Reproduce(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARunThatBrokeIsOfTheVersionsThatItWasTold(t *testing.T) {
	r := reports.Result{
		Subject:       reports.Subject{Provider: "kind", Flavour: "upstream"},
		Configuration: map[string]string{"versions": "envoy=1.39.3,jaeger=2.12.0"},
	}
	if got, want := matrix.SubjectOf(r), (matrix.Cell{"", "", "1.39.3", "2.12.0", "kind", "upstream"}); got != want {
		t.Errorf("it is of %v", got)
	}
}

func TestARunIsMadeAnewWithItsCellItsChecksAndItsOrder(t *testing.T) {
	r := ran("1.40.0", time.Minute, "check", "P01,S01", "cacheDir", "/elsewhere").Result
	r.Seed = 42
	want := []string{"--versions=envoy=1.40.0,jaeger=2.13.0", "--check=P01,S01", "--seed=42"}
	if diff := cmp.Diff(want, matrix.Reproduce(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShardsShareEveryCellAndTakeNoLongerThanStated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := matrix.Matrix{Reduce: matrix.All, Cost: time.Minute}
		var former []matrix.Stored
		for i := range rapid.IntRange(1, 9).Draw(t, "cells") {
			version := fmt.Sprintf("1.%d.0", i)
			m.Values[matrix.Envoy] = append(m.Values[matrix.Envoy], version)
			former = append(former, ran(version, time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes"))*time.Minute))
		}
		n := rapid.IntRange(1, 12).Draw(t, "shards")
		plan := matrix.NewPlan(m, former, n)
		var shared []string
		longest := 0.0
		for _, s := range plan.Shards {
			if len(s.Cells) == 0 {
				t.Fatal("a shard is empty")
			}
			shared = append(shared, s.Cells...)
			longest = max(longest, s.Seconds)
		}
		var all []string
		for _, c := range plan.Cells {
			all = append(all, c.Name)
		}
		slices.Sort(all)
		slices.Sort(shared)
		if !slices.Equal(all, shared) || len(plan.Shards) != min(n, len(all)) {
			t.Fatalf("%d shards have %v of %v", len(plan.Shards), shared, all)
		}
		// No assignment takes less than the bound, and this one at most two bounds: the mean and the longest.
		if plan.Makespan != longest || plan.Makespan < plan.Bound-1e-6 || plan.Makespan > 2*plan.Bound+1e-6 {
			t.Fatalf("makespan %g, longest shard %g, bound %g", plan.Makespan, longest, plan.Bound)
		}
	})
}

func TestCellsAreSelectedByNameAndPattern(t *testing.T) {
	plan := matrix.NewPlan(decode(t, "version: 1\naxes: {envoy: [1.40.0, 1.39.3], jaeger: [2.13.0, 2.12.0]}\n"), nil, 0)
	for _, c := range []struct {
		names []string
		want  int
		err   string
	}{
		{nil, 4, ""},
		{[]string{"envoy1.39.3_jaeger2.12.0"}, 1, ""},
		{[]string{"envoy1.39.3_*", "envoy1.39.3_jaeger2.12.0"}, 2, ""},
		{[]string{"envoy1.38.0_*"}, 0, `there is no cell "envoy1.38.0_*"; there are envoy1.40.0_jaeger2.13.0, `},
		{[]string{"envoy["}, 0, `"envoy[" is no pattern`},
	} {
		cells, err := plan.Select(c.names)
		switch {
		case c.err == "" && (err != nil || len(cells) != c.want):
			t.Errorf("%v selects %d cells, error %v; want %d", c.names, len(cells), err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%v: error is %v, want %s", c.names, err, c.err)
		}
	}
}

func TestEveryFormOfAPlan(t *testing.T) {
	former := []matrix.Stored{ran("1.40.0", 31*time.Minute, "check", "propagation,sampling")}
	for _, shards := range []int{0, 2} {
		plan := matrix.NewPlan(full(t), former, shards)
		for name, form := range map[string]func(io.Writer, matrix.Plan) error{
			"txt": matrix.Table, "json": matrix.JSON, "github": matrix.GitHub, "gitlab.yaml": matrix.GitLab,
		} {
			var text bytes.Buffer
			if err := form(&text, plan); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("plan-%d.%s", shards, name), text.String())
		}
	}
}

func TestGitHubGetsOneLine(t *testing.T) {
	var text bytes.Buffer
	if err := matrix.GitHub(&text, matrix.NewPlan(full(t), nil, 0)); err != nil {
		t.Fatal(err)
	}
	line, rest, _ := strings.Cut(text.String(), "\n")
	var value struct {
		Include []map[string]any `json:"include"`
	}
	if err := json.Unmarshal([]byte(line), &value); err != nil || rest != "" || len(value.Include) == 0 {
		t.Errorf("%q: %v", text.String(), err)
	}
}

func TestGitLabGetsAJobForEachCell(t *testing.T) {
	plan := matrix.NewPlan(full(t), nil, 0)
	var text bytes.Buffer
	if err := matrix.GitLab(&text, plan); err != nil {
		t.Fatal(err)
	}
	jobs := map[string]any{}
	if err := yaml.Unmarshal(text.Bytes(), &jobs); err != nil {
		t.Fatal(err)
	}
	for _, c := range plan.Cells {
		if jobs[c.Name] == nil {
			t.Errorf("there is no job %s", c.Name)
		}
	}
}

func TestMoreJobsThanAServerTakesAreRefused(t *testing.T) {
	m := matrix.Matrix{Reduce: matrix.All, Cost: time.Minute}
	for i := range 300 {
		m.Values[matrix.Envoy] = append(m.Values[matrix.Envoy], fmt.Sprintf("1.%d.0", i))
	}
	err := matrix.GitHub(io.Discard, matrix.NewPlan(m, nil, 0))
	if err == nil || !strings.Contains(err.Error(), "300 jobs, and GitHub takes 256; share the cells with --shards") {
		t.Errorf("error is %v", err)
	}
	if err = matrix.GitHub(io.Discard, matrix.NewPlan(m, nil, 10)); err != nil {
		t.Error(err)
	}
}

func BenchmarkPairwise(b *testing.B) {
	m := matrix.Matrix{Reduce: matrix.Pairwise, Cost: time.Minute}
	for _, a := range matrix.Axes() {
		for i := range 6 {
			m.Values[a] = append(m.Values[a], fmt.Sprintf("1.%d.0", i))
		}
	}
	for b.Loop() {
		matrix.NewPlan(m, nil, 8)
	}
}
