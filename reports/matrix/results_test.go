package matrix_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
)

func encoded(t *testing.T, r matrix.Stored) *fstest.MapFile {
	t.Helper()
	var text bytes.Buffer
	if err := reports.Encode(&text, r.Result); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: text.Bytes()}
}

func TestResultsAreFoundWhereverTheyAreAndCountOnce(t *testing.T) {
	one, two := encoded(t, ran("1.40.0", time.Minute)), encoded(t, ran("1.39.3", time.Minute))
	results, unread, err := matrix.Results(fstest.MapFS{
		"b/run/result.json": one, "a/deep/down/result.json": two, "c/copy/result.json": one, "result.json": encoded(t, ran("1.40.0", 2*time.Minute)),
		"a/junit.xml": {Data: []byte("<")}, "a/old.result.json": {Data: []byte("{")}, "d/result.json/file": {Data: []byte("x")},
	}, "out")
	if err != nil || len(unread) > 0 {
		t.Fatal(unread, err)
	}
	var got []string
	for _, r := range results {
		got = append(got, r.Path)
	}
	if diff := cmp.Diff([]string{"a/deep/down/result.json", "b/run/result.json", "result.json"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAResultThatCannotBeReadIsNamedAndTheOthersAreRead(t *testing.T) {
	results, unread, err := matrix.Results(fstest.MapFS{
		"a/result.json": {Data: []byte(`{"schema": "throughline.dev/result/v9"}`)}, "b/result.json": encoded(t, ran("1.40.0", time.Minute)),
		"c/result.json": {},
	}, "out")
	if err != nil || len(results) != 1 || len(unread) != 2 {
		t.Fatalf("%d results, %v, %v", len(results), unread, err)
	}
	for i, want := range []string{"out/a/result.json:1: schema: ", "out/c/result.json: empty"} {
		if !strings.HasPrefix(unread[i].Error(), want) {
			t.Errorf("%v, want %s", unread[i], want)
		}
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	folder, err := fstest.MapFS{}.Sub("nowhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := matrix.Results(folder, "nowhere"); err == nil || !strings.Contains(err.Error(), "read results in nowhere: ") {
		t.Errorf("error is %v", err)
	}
}
