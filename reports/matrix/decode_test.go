package matrix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports/matrix"
)

// runFlags stand for those of `throughline run`.
func runFlags() []string {
	return []string{"alone", "check", "context", "name", "provider", "timeout-mesh"}
}

func decode(t *testing.T, text string) matrix.Matrix {
	t.Helper()
	m, err := matrix.Decode([]byte(text), "matrix.yaml", runFlags())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAFileSaysEverythingThatAMatrixCanBe(t *testing.T) {
	content, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := matrix.Matrix{
		Values: [6][]string{{"1.36.3", "1.35.7"}, {"1.31.0"}, {"1.40.0", "1.39.3"}, {"2.13.0", "2.12.0"}, {"kind", "existing"}, {"upstream"}},
		Exclude: []matrix.Cell{
			{matrix.Kubernetes: "1.35.7", matrix.Provider: "existing"},
			{matrix.Envoy: "1.39.3", matrix.Jaeger: "2.12.0"},
		},
		Include: []matrix.Cell{
			{matrix.Jaeger: "2.12.0", matrix.Provider: "existing"},
			{"1.37.0-rc.1", "1.31.0", "1.40.0", "2.13.0", "kind", "upstream"},
		},
		Reduce: matrix.Pairwise,
		Cost:   12 * time.Minute,
		Settings: []matrix.Settings{
			{Flags: map[string]string{"check": "propagation,sampling", "timeout-mesh": "8m"}},
			{For: matrix.Cell{matrix.Provider: "existing"}, Flags: map[string]string{"context": "staging", "check": "P01"}},
		},
	}
	if diff := cmp.Diff(want, decode(t, string(content))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsNotSaidHasADefault(t *testing.T) {
	m := decode(t, "version: 1\naxes: {envoy: [1.40]}\n")
	if m.Reduce != matrix.All || m.Cost != 15*time.Minute {
		t.Errorf("%+v", m)
	}
	if got := m.Values[matrix.Envoy][0]; got != "1.40" {
		t.Errorf("the version is %q, want it as it is written", got)
	}
}

func TestBadFilesAreRefusedWithTheirErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for row := range strings.SplitSeq(string(content), "\n") {
				if message, ok := strings.CutPrefix(row, "# error: "); ok {
					want = append(want, message)
				}
			}
			_, err = matrix.Decode(content, "matrix.yaml", runFlags())
			if err == nil {
				t.Fatal("it was taken without an error")
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMatrixThatNobodyMeansIsRefused(t *testing.T) {
	var text strings.Builder
	text.WriteString("version: 1\naxes:\n")
	for _, axis := range []string{"kubernetes", "istio", "envoy", "jaeger", "provider", "flavour"} {
		text.WriteString("  " + axis + ": [")
		for i := range 10 {
			fmt.Fprintf(&text, "v%d,", i)
		}
		text.WriteString("]\n")
	}
	_, err := matrix.Decode([]byte(text.String()), "matrix.yaml", nil)
	if err == nil || err.Error() != "matrix.yaml:2: axes: they make more than 65536 cells; leave values out" {
		t.Errorf("error is %v", err)
	}
	_, err = matrix.Decode([]byte("version: 1\naxes: {envoy: ["+strings.Repeat("1.40.0,", 65)+"]}"), "matrix.yaml", nil)
	if err == nil || err.Error() != "matrix.yaml:2: axes.envoy: it has 65 values; leave some out, 64 are the most" {
		t.Errorf("error is %v", err)
	}
	_, err = matrix.Decode(make([]byte, 2<<20), "matrix.yaml", nil)
	if err == nil || err.Error() != "matrix.yaml:1: larger than 1 MiB; this is no matrix" {
		t.Errorf("error is %v", err)
	}
}

// FuzzDecode holds any text against the promise that it is either refused with a place or gives
// a matrix that can be planned.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := matrix.Decode(content, "matrix.yaml", runFlags())
		switch {
		case err != nil && !strings.HasPrefix(err.Error(), "matrix.yaml:"):
			t.Errorf("an error without a place: %v", err)
		case err == nil && len(matrix.NewPlan(m, nil, 0).Cells) == 0:
			t.Errorf("a matrix without a cell: %+v", m)
		}
	})
}
