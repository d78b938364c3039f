package rundir_test

import (
	"testing"

	"github.com/throughline/throughline/reports/rundir"
)

func TestAResultNamesNobodysHomeFolder(t *testing.T) {
	t.Setenv("HOME", "/home/somebody")
	got := rundir.WithoutHome(map[string]string{"cacheDir": "/home/somebody/.cache/throughline", "outDir": "out", "sourceDir": "/home/somebodyelse/x"})
	if got["cacheDir"] != "~/.cache/throughline" || got["outDir"] != "out" || got["sourceDir"] != "/home/somebodyelse/x" {
		t.Errorf("settings are %v", got)
	}
}
