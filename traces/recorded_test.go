package traces_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/throughline/throughline/traces/recording"
)

// maxRecorded keeps a recording readable, in bytes.
const maxRecorded = 150 << 10

func TestEachRecordedRequestLeftOneOfTheDerivedOutcomes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("testdata/recorded holds no recording: nothing pins the derivation; make them with: throughline record")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := recording.Read(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if name := r.Rule + ".json"; name != filepath.Base(file) {
				t.Errorf("it is the recording of %s and belongs into %s", r.Rule, name)
			}
			if len(text) > maxRecorded {
				t.Errorf("it has %d bytes, above %d; record fewer requests", len(text), maxRecorded)
			}
			judgement, err := r.Judge()
			if err != nil {
				t.Fatal(err)
			}
			if !judgement.Agrees() {
				t.Errorf("%s\n%s", r.Statement, judgement)
			}
		})
	}
}
