package gate_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/reports/gate"
)

func withEvidence(files ...reports.File) reports.Result {
	c := check("P01", reports.Passed)
	c.Evidence = files
	return reports.Result{Started: today(), Finished: today(), Checks: []reports.Check{c}}
}

func TestEvidenceIsHeldAgainstItsDigests(t *testing.T) {
	spans, hops := reports.FileOf("evidence/P01/spans.json", []byte("[]")), reports.FileOf("evidence/P01/hops.txt", []byte("hops"))
	r := withEvidence(spans, hops)
	whole := fstest.MapFS{spans.Path: {Data: []byte("[]")}, hops.Path: {Data: []byte("hops")}}
	if e, err := gate.Verify(r, whole); err != nil || !cmp.Equal(e, gate.Evidence{Intact: 2}) {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := gate.Verify(r, fstest.MapFS{spans.Path: whole[spans.Path]}); err != nil || !cmp.Equal(e, gate.Evidence{Intact: 1, Missing: 1, MissingFiles: []string{hops.Path}}) {
		t.Errorf("without one: %+v, %v", e, err)
	}
	if e, err := gate.Verify(r, fstest.MapFS{}); err != nil || !cmp.Equal(e.MissingFiles, []string{hops.Path, spans.Path}) {
		t.Errorf("without any: %+v, %v", e, err)
	}
	_, err := gate.Verify(r, fstest.MapFS{spans.Path: {Data: []byte("{}")}, hops.Path: {Data: []byte("ho")}})
	for _, path := range []string{spans.Path, hops.Path} {
		if err == nil || !strings.Contains(err.Error(), "evidence "+path+": it is not what the run wrote") {
			t.Errorf("altered: error is %v", err)
		}
	}
}

func TestEvidenceThatNoCheckListsIsRefused(t *testing.T) {
	listed := reports.FileOf("evidence/P01/spans.json", []byte("[]"))
	with := func(more ...string) fstest.MapFS {
		files := fstest.MapFS{listed.Path: {Data: []byte("[]")}, "junit.xml": {}, "evidence/empty": {Mode: fs.ModeDir}}
		for _, path := range more {
			files[path] = &fstest.MapFile{}
		}
		return files
	}
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("evidence/P%02d/hops.txt", 10+i))
	}
	const altered = "; the result or the folder was altered: take the run folder anew, or run again"
	for name, c := range map[string]struct {
		folder fstest.MapFS
		want   string
	}{
		"all are listed": {with(), ""},
		"one is not":     {with("evidence/P02/hops.txt"), "evidence/P02/hops.txt: no check of the result lists it" + altered},
		"one that is hidden, and one beside the folders of checks": {
			with("evidence/.spans.json", "evidence/P01/\x1bx"),
			"evidence/.spans.json, evidence/P01/\\x1bx: no check of the result lists them" + altered,
		},
		"many are not": {
			with(many...), strings.Join(many[:8], ", ") + " and 4 more: no check of the result lists them" + altered,
		},
		"in place of the folder lies a file": {fstest.MapFS{"evidence": {}}, "evidence: no check of the result lists it" + altered},
		"there is no folder":                 {fstest.MapFS{"junit.xml": {}}, ""},
	} {
		_, err := gate.Verify(withEvidence(listed), c.folder)
		if got := fmt.Sprint(err); err == nil && c.want != "" || err != nil && got != c.want {
			t.Errorf("%s: error is %v, want %q", name, err, c.want)
		}
	}
	detached := withEvidence()
	if _, err := gate.Verify(detached, with()); err == nil {
		t.Error("a result whose check lists none any more was let through")
	}
	detached.Finished = time.Time{}
	if _, err := gate.Verify(detached, with()); err != nil {
		t.Errorf("a run that is under way: %v", err)
	}
}

func TestAFileOfEvidenceIsOfOneCheck(t *testing.T) {
	one := reports.FileOf("evidence/P01/spans.json", []byte("[]"))
	_, err := gate.Verify(withEvidence(one, one), fstest.MapFS{one.Path: {Data: []byte("[]")}})
	want := "evidence evidence/P01/spans.json: the result lists it twice, and each check has files of its own; the result was altered"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %q", err, want)
	}
}

// folder is a run folder on disk, beside which a secret lies.
func folder(t *testing.T) (run string, root *os.Root) {
	t.Helper()
	dir := t.TempDir()
	run = filepath.Join(dir, "run")
	if err := os.MkdirAll(filepath.Join(run, "evidence", "P01"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(run)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return run, root
}

func TestNothingOutsideOfTheRunFolderIsRead(t *testing.T) {
	secret := []byte("secret")
	for name, one := range map[string]struct {
		path string
		make func(run string) error
	}{
		"a path that leaves the folder": {"../secret", func(string) error { return nil }},
		"a path from the root":          {"/etc/passwd", func(string) error { return nil }},
		"a link to elsewhere": {"evidence/P01/spans.json", func(run string) error {
			return os.Symlink("../../../secret", filepath.Join(run, "evidence/P01/spans.json"))
		}},
		"a link from the root": {"evidence/P01/spans.json", func(run string) error {
			return os.Symlink(filepath.Join(filepath.Dir(run), "secret"), filepath.Join(run, "evidence/P01/spans.json"))
		}},
		"a folder that is a link to elsewhere": {"evidence/P02/secret", func(run string) error {
			return os.Symlink("../..", filepath.Join(run, "evidence/P02"))
		}},
		"a pipe": {"evidence/P01/spans.json", func(run string) error {
			return syscall.Mkfifo(filepath.Join(run, "evidence/P01/spans.json"), 0o600)
		}},
		"a link to elsewhere that no check lists": {"evidence/P02/spans.json", func(run string) error {
			return os.Symlink("../../../secret", filepath.Join(run, "evidence/P01/spans.json"))
		}},
		"a folder of evidence that is a link to elsewhere": {"evidence/secret", func(run string) error {
			return errors.Join(os.RemoveAll(filepath.Join(run, "evidence")), os.Symlink("..", filepath.Join(run, "evidence")))
		}},
		"a folder": {"evidence/P01", func(string) error { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			run, root := folder(t)
			if err := one.make(run); err != nil {
				t.Fatal(err)
			}
			e, err := gate.Verify(withEvidence(reports.FileOf(one.path, secret)), root.FS())
			if err == nil {
				t.Errorf("it was let through: %+v", e)
			}
		})
	}
}

func TestAResultThatIsNoRegularFileIsRefused(t *testing.T) {
	_, err := gate.Read(fstest.MapFS{"result.json": {Mode: fs.ModeNamedPipe}}, "result.json", "run/result.json", false)
	if err == nil || err.Error() != "run/result.json: it is no regular file; give the result.json of a run folder" {
		t.Errorf("error is %v", err)
	}
}

// large is a file of a size that it does not have.
type large struct{ fstest.MapFS }

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

func (l large) Stat(name string) (fs.FileInfo, error) {
	info, err := l.MapFS.Stat(name)
	return sized{info, reports.MaxResult + 1<<20}, err
}

func TestAResultThatIsTooLargeIsRefusedUnread(t *testing.T) {
	folder := large{fstest.MapFS{"result.json": {}}}
	_, err := gate.Read(folder, "result.json", "run/result.json", false)
	if err == nil || err.Error() != "run/result.json: 65 MiB, larger than 64 MiB; no run writes such a result" {
		t.Errorf("error is %v", err)
	}
}

func TestLatenciesComeFromTheExhibits(t *testing.T) {
	exhibit := `{"sent":2,"requests":[],"latencies":[{"variant":"a","n":2,"percentiles":[0.1,0.2]}]}`
	there := reports.FileOf("evidence/P01/exhibit.json", []byte(exhibit))
	gone := reports.FileOf("evidence/P02/exhibit.json", nil)
	caught := control("P01", "drop", reports.Passed)
	caught.Evidence = []reports.File{there}
	other := check("P02", reports.Passed)
	other.Evidence = []reports.File{gone, reports.FileOf("../exhibit.json", nil), reports.FileOf("evidence/P02/hops.txt", nil)}
	r := withEvidence(there)
	r.Checks = append(r.Checks, caught, other)
	got, err := gate.Latencies(r, fstest.MapFS{there.Path: {Data: []byte(exhibit)}})
	if err != nil || len(got) != 1 || got[compare.Key{Check: "P01"}][0].N != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = gate.Latencies(r, fstest.MapFS{there.Path: {Data: []byte("{")}}); err == nil || !strings.Contains(err.Error(), "evidence/P01/exhibit.json: it is not what the run wrote") {
		t.Errorf("error is %v", err)
	}
}
