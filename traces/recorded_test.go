package traces_test

import "testing"

// maxRecorded keeps a recording readable, in bytes.
const maxRecorded = 150 << 10

func TestEachRecordedRequestLeftOneOfTheDerivedOutcomes(t *testing.T) {
	all := recordings(t)
	if len(all) == 0 {
		t.Fatal("testdata/recorded holds no recording: nothing pins the derivation; make them with: throughline record")
	}
	for _, r := range all {
		t.Run(r.file, func(t *testing.T) {
			if name := r.Rule + ".json"; name != r.file {
				t.Errorf("it is the recording of %s and belongs into %s", r.Rule, name)
			}
			if r.size > maxRecorded {
				t.Errorf("it has %d bytes, above %d; record fewer requests", r.size, maxRecorded)
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
