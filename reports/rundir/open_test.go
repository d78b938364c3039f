package rundir_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/rundir"
)

func finished(t *testing.T) *rundir.Run {
	t.Helper()
	run := create(t, t.TempDir(), "run")
	err := run.Save(reports.Result{Finished: time.Unix(1, 0), Checks: []reports.Check{{ID: "P01", Verdict: reports.Passed}}})
	if err == nil {
		err = run.Evidence("P01", "", 1).Write(rundir.ExhibitFile, []byte("{}"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestARunIsOpenedByItsFolderItsResultOrTheLatestLink(t *testing.T) {
	run := finished(t)
	for _, path := range []string{run.Path(), filepath.Join(run.Path(), "result.json"), filepath.Join(filepath.Dir(run.Path()), "latest")} {
		kept, err := rundir.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if kept.Result.Verdict != reports.Passed {
			t.Errorf("%s: the result says %s", path, kept.Result.Verdict)
		}
		for _, folder := range []fs.FS{kept.Folder, run.Folder()} {
			if text, err := fs.ReadFile(folder, "evidence/P01/exhibit.json"); err != nil || string(text) != "{}" {
				t.Errorf("%s: the exhibit is %q, error %v", path, text, err)
			}
		}
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoLinkLeadsOutOfARunFolder(t *testing.T) {
	run := finished(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(run.Path(), "evidence", "link")); err != nil {
		t.Fatal(err)
	}
	kept, err := rundir.Open(run.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	for _, folder := range []fs.FS{kept.Folder, run.Folder()} {
		if text, err := fs.ReadFile(folder, "evidence/link"); err == nil {
			t.Errorf("a link out of the folder gives %q", text)
		}
	}
}

func TestOpenSaysWhatIsNoRun(t *testing.T) {
	empty := t.TempDir()
	broken := filepath.Join(empty, "broken.json")
	if err := os.WriteFile(broken, []byte(`{"schema": `), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(empty, "missing"): "there is no such run; give the folder of a run or its result.json, or run first: throughline run",
		empty:                           "no result.json is in it, so that it is no run folder",
		broken:                          "broken.json:1: cut short",
	} {
		_, err := rundir.Open(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: error is %v, want %q", path, err, want)
		}
	}
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	for _, text := range []string{"first", "second"} {
		if err := rundir.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != text {
			t.Errorf("the file says %q, want %q", got, text)
		}
	}
	if err := rundir.WriteFile(filepath.Join(path, "below"), nil); err == nil || !strings.Contains(err.Error(), "below") {
		t.Errorf("error is %v", err)
	}
	folder := filepath.Dir(path)
	if err := rundir.WriteFile(folder, nil); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, error %v", entries, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(entries) != 1 {
		t.Errorf("beside the folder there are %v, error %v", entries, err)
	}
}
