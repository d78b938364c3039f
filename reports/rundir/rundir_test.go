package rundir_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/rundir"
)

func create(t *testing.T, out, name string) *rundir.Run {
	t.Helper()
	run, err := rundir.Create(out, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	})
	return run
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNameHoldsTimeAndSeed(t *testing.T) {
	at := time.Date(2026, 11, 23, 7, 11, 25, 0, time.FixedZone("CET", 3600))
	if got, want := rundir.Name(at, 7), "20261123-061125-7"; got != want {
		t.Errorf("name is %q, want %q", got, want)
	}
}

func TestLatestLeadsToTheLastRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "made", "here")
	create(t, out, "one")
	second := create(t, out, "two")
	target, err := os.Readlink(filepath.Join(out, "latest"))
	if err != nil || target != "two" {
		t.Errorf("latest leads to %q (%v), want two", target, err)
	}
	if err = second.Write("note.txt", []byte("here")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, out, "latest", "note.txt"); got != "here" {
		t.Errorf("through latest the file says %q", got)
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder holds %v (%v), want two runs and the link", entries, err)
	}
}

func TestLatestIsNeverMissingWhileRunsBegin(t *testing.T) {
	out := t.TempDir()
	create(t, out, "first")
	var group sync.WaitGroup
	stop := make(chan struct{})
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := os.Stat(filepath.Join(out, "latest")); err != nil {
				t.Errorf("latest leads nowhere: %v", err)
				return
			}
		}
	})
	for range 50 {
		create(t, out, "again")
	}
	close(stop)
	group.Wait()
}

func TestTwoRunsOfOneNameHaveTheirOwnFolders(t *testing.T) {
	out := t.TempDir()
	if a, b := create(t, out, "run"), create(t, out, "run"); a.Name() != "run" || b.Name() != "run-2" {
		t.Errorf("names are %q and %q, want run and run-2", a.Name(), b.Name())
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Run("a name that leaves the folder", func(t *testing.T) {
		for _, name := range []string{"", ".", "..", "../x", "a/b", "/etc", "latest", ".hidden"} {
			if _, err := rundir.Create(t.TempDir(), name); err == nil || !strings.Contains(err.Error(), "is no name for a run") {
				t.Errorf("name %q: error is %v", name, err)
			}
		}
	})
	t.Run("to replace a folder called latest", func(t *testing.T) {
		out := t.TempDir()
		if err := os.MkdirAll(filepath.Join(out, "latest", "mine"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := rundir.Create(out, "run")
		if err == nil || !strings.Contains(err.Error(), "no symbolic link; move it away") {
			t.Errorf("error is %v", err)
		}
		if _, err := os.Stat(filepath.Join(out, "latest", "mine")); err != nil {
			t.Errorf("the user's folder is gone: %v", err)
		}
	})
	t.Run("a file in place of the folder", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := rundir.Create(file, "run"); err == nil || !strings.Contains(err.Error(), "--out") {
			t.Errorf("error is %v, want the flag that helps in it", err)
		}
	})
}

func TestSaveWritesResultAndJUnit(t *testing.T) {
	run := create(t, t.TempDir(), "run")
	ledger, err := reports.NewLedger(reports.Result{Seed: 7}, run.Save)
	if err != nil {
		t.Fatal(err)
	}
	err = ledger.Update(func(r *reports.Result) {
		r.Checks = append(r.Checks, reports.Check{ID: "P01", Area: "propagation", Verdict: reports.Passed})
		r.Finished = time.Unix(1, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := reports.Decode(bytes.NewBufferString(read(t, run.Path(), rundir.ResultFile)), rundir.ResultFile)
	if err != nil || got.Verdict != reports.Passed || got.Seed != 7 {
		t.Errorf("the result says %+v (%v)", got, err)
	}
	if junit := read(t, run.Path(), rundir.JUnitFile); !strings.Contains(junit, `tests="1"`) {
		t.Errorf("junit says %s", junit)
	}
}

func TestAReaderNeverMeetsHalfAFile(t *testing.T) {
	run := create(t, t.TempDir(), "run")
	whole := strings.Repeat("0123456789", 20_000)
	if err := run.Write("big.txt", []byte(whole)); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	stop := make(chan struct{})
	group.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if got := read(t, run.Path(), "big.txt"); len(got) != len(whole) {
				t.Errorf("read %d of %d bytes", len(got), len(whole))
				return
			}
		}
	})
	for range 100 {
		if err := run.Write("big.txt", []byte(whole)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	group.Wait()
}

func TestWriteStaysInTheRunFolder(t *testing.T) {
	out := t.TempDir()
	run := create(t, out, "run")
	if err := os.Symlink(out, filepath.Join(run.Path(), "way-out")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/x", "a/../../x", "way-out/x"} {
		if err := run.Write(name, []byte("x")); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file stands outside the run folder: %v", err)
	}
}

func TestAFailedWriteLeavesNothingBehind(t *testing.T) {
	run := create(t, t.TempDir(), "run")
	if err := run.Write("taken/file", nil); err != nil {
		t.Fatal(err)
	}
	if err := run.Write("taken", []byte("x")); err == nil {
		t.Fatal("a file replaced a folder")
	}
	entries, err := os.ReadDir(run.Path())
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v), want just the folder that was there", entries, err)
	}
}

func TestEvidenceHasAFolderForEachCheckAndControl(t *testing.T) {
	run := create(t, t.TempDir(), "run")
	cases := []struct {
		check, control string
		round          int
		folder         string
	}{
		{"P01", "", 0, "evidence/P01"},
		{"P01/zipkin", "", 1, "evidence/P01-zipkin"},
		{"P01", "drop the headers in the middle", 1, "evidence/P01.control.drop-the-headers-in-the-middle"},
		{"P01", "drop the headers, in the middle", 1, "evidence/P01.control.drop-the-headers-in-the-middle.2"},
		{"P01", "", 1, "evidence/P01"},
		{"P01", "", 2, "evidence/P01.round.2"},
		{"P01", "drop the headers in the middle", 2, "evidence/P01.control.drop-the-headers-in-the-middle.round.2"},
		{"../../etc", "../x", 1, "evidence/-.-..-etc.control.-.-x"},
		{"\x00", "", 1, "evidence/unnamed"},
	}
	for _, c := range cases {
		if got := run.Evidence(c.check, c.control, c.round).Folder(); got != c.folder {
			t.Errorf("the folder of %q, %q in round %d is %s, want %s", c.check, c.control, c.round, got, c.folder)
		}
	}
	long := run.Evidence("P01", strings.Repeat("long ", 200), 1)
	if err := long.Write(rundir.SpansFile, []byte("[]")); err != nil {
		t.Errorf("a long name: %v", err)
	}
}

func TestEvidenceListsItsFilesInOrder(t *testing.T) {
	run := create(t, t.TempDir(), "run")
	e := run.Evidence("P01", "", 1)
	for _, name := range []string{rundir.SpansFile, rundir.HopsFile, rundir.SpansFile} {
		if err := e.Write(name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	want := []reports.File{
		reports.FileOf("evidence/P01/hops.txt", []byte(rundir.HopsFile)),
		reports.FileOf("evidence/P01/spans.json", []byte(rundir.SpansFile)),
	}
	if got := e.Files(); !slices.Equal(got, want) {
		t.Errorf("files are %v, want %v", got, want)
	}
	if got := read(t, run.Path(), "evidence", "P01", "hops.txt"); got != rundir.HopsFile {
		t.Errorf("hops.txt says %q", got)
	}
}

func TestEvidenceRefusesANameThatIsAPath(t *testing.T) {
	e := create(t, t.TempDir(), "run").Evidence("P01", "", 1)
	for _, name := range []string{"", "..", "a/b", "../x", ".hidden", "a b"} {
		if err := e.Write(name, nil); err == nil || !strings.Contains(err.Error(), "is no file name") {
			t.Errorf("%q: error is %v", name, err)
		}
	}
}
