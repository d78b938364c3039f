package reports_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/throughline/throughline/reports"
)

func TestAFileIsVerifiedByItsSizeAndDigest(t *testing.T) {
	spans := reports.FileOf("evidence/P01/spans.json", []byte("[]"))
	folder := func(content string) fs.FS {
		return fstest.MapFS{"evidence/P01/spans.json": {Data: []byte(content)}}
	}

	if err := spans.Verify(folder("[]")); err != nil {
		t.Errorf("the file as it was: %v", err)
	}
	for name, content := range map[string]string{"altered": "{}", "cut short": "[", "longer": "[]\n", "empty": ""} {
		if err := spans.Verify(folder(content)); err == nil || !strings.Contains(err.Error(), "the file was altered") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if err := spans.Verify(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: error is %v", err)
	}
}

// noReading is a folder in which opening a file is an error of the test: to open a pipe is to wait.
type noReading struct {
	fstest.MapFS
	t *testing.T
}

func (f noReading) Open(name string) (fs.File, error) {
	f.t.Errorf("%s was opened", name)
	return f.MapFS.Open(name)
}

func TestWhatIsNoRegularFileIsRefusedUnread(t *testing.T) {
	spans := reports.FileOf("evidence/P01/spans.json", []byte("[]"))
	for name, mode := range map[string]fs.FileMode{
		"a pipe": fs.ModeNamedPipe, "a socket": fs.ModeSocket, "a device": fs.ModeDevice, "a folder": fs.ModeDir,
	} {
		folder := noReading{fstest.MapFS{spans.Path: {Data: []byte("[]"), Mode: mode}}, t}
		if err := spans.Verify(folder); err == nil || !strings.Contains(err.Error(), "evidence/P01/spans.json: it is no regular file") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestAPathThatLeavesTheRunFolderIsRefused(t *testing.T) {
	for _, path := range []string{"../secret", "/etc/passwd", "evidence/../../secret", "", "evidence//P01"} {
		if err := reports.FileOf(path, nil).Verify(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "leaves the run folder") {
			t.Errorf("%q: error is %v", path, err)
		}
	}
}
