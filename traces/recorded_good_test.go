package traces_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/recording"
)

// recordedFile is a recording with the name and the size of its file.
type recordedFile struct {
	recording.Recording
	file string
	size int
}

// recordings are all that live meshes left for the rules of the derivation.
func recordings(t *testing.T) []recordedFile {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := make([]recordedFile, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := recording.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, recordedFile{r, filepath.Base(file), len(text)})
	}
	return all
}

// recordedGoods are the good forests of live meshes: of each forest that some request
// left, the first two such requests of one recording. Forests that state the status of
// one span and not of another of the same kind are left out: what must be said of their
// mutants depends on which of the two a mutant resembles.
func recordedGoods(t *testing.T) []good {
	t.Helper()
	var all []good
	seen := map[string]bool{}
	for _, r := range recordings(t) {
		judgement, err := r.Judge()
		if err != nil {
			t.Fatal(err)
		}
		for i, outcome := range judgement.Outcomes {
			name := string(r.Evidence.Mesh.Provider) + "\n" + outcome.Forest.String()
			if len(outcome.Forest) == 0 || seen[name] {
				continue
			}
			ev := traces.Evidence{Topology: r.Evidence.Topology, Mesh: r.Evidence.Mesh}
			for _, judged := range judgement.Requests {
				if judged.Outcome != i || len(judged.Findings) > 0 || len(ev.Requests) == 2 {
					continue
				}
				ev.Requests = append(ev.Requests, judged.Evidence.Exchange)
				ev.Hops = append(ev.Hops, judged.Evidence.Hops...)
				ev.Traces = append(ev.Traces, judged.Evidence.Traces...)
			}
			if len(ev.Requests) > 0 && statementsOf(outcome.Forest).even() {
				seen[name] = true
				all = append(all, good{"recorded " + r.Rule, ev, outcome.Forest})
			}
		}
	}
	return all
}
