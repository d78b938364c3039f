package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of throughline",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "throughline %s (%s %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// shortCommit is how many digits name a commit.
const shortCommit = 12

// version is the commit that it was built from, with `+dirty` where files were changed, or else the
// module's version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	switch {
	case len(commit) < shortCommit:
		return info.Main.Version
	case settings["vcs.modified"] == "true":
		return commit[:shortCommit] + "+dirty"
	default:
		return commit[:shortCommit]
	}
}
