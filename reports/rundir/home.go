package rundir

import (
	"maps"
	"os"
	"strings"
)

// WithoutHome are the settings of a run with ~ in place of the user's home folder, as a result has them:
// whoever reads it elsewhere need not know whose it was.
func WithoutHome(settings map[string]string) map[string]string {
	settings = maps.Clone(settings)
	home, err := os.UserHomeDir()
	if err != nil || home == "/" {
		return settings
	}
	for name, value := range settings {
		if rest, below := strings.CutPrefix(value, home+"/"); below {
			settings[name] = "~/" + rest
		}
	}
	return settings
}
