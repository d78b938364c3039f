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

func TestAPathThatLeavesTheRunFolderIsRefused(t *testing.T) {
	for _, path := range []string{"../secret", "/etc/passwd", "evidence/../../secret", "", "evidence//P01"} {
		if err := reports.FileOf(path, nil).Verify(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "leaves the run folder") {
			t.Errorf("%q: error is %v", path, err)
		}
	}
}
