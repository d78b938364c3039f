package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func gateCommand(s streams) *cobra.Command {
	var policy, output, now string
	var baseline []string
	cmd := &cobra.Command{
		Use:   "gate --policy FILE RESULT...",
		Short: "Decide from results whether something may be released",
		Long: `Holds results against a policy, and says whether a release may go out, why not, and
what would turn it. A RESULT is a result.json, a run folder, or a folder with run
folders somewhere below it. Evidence that lies beside a result is held against the
digests in it: where a file was altered, nothing is decided.

What failed blocks, whether or not the policy asks for it. Only an entry of its
quarantine excuses it: for that very check, with an owner, a reason, a link and the
last day on which it is in force. What is inconclusive, skipped or missing is no pass.

A policy:

  version: 1
  name: release
  require:
    profiles: [core, extended]        # and areas: [...], checks: [P14, S04/50]
    allowSkipped: [E04/rate-limit]    # where a feature may be lacking
  subjects:                           # each must have a result
    - name: pinned
      match: {istio: "1.31", envoy: "1.40", provider: kind}
      maxAge: 7d
  evidence: required                  # or optional: a result may come alone
  inconclusive: 0                     # how many of a result may be, or 1%
  quarantine:
    - check: L03
      owner: mesh-team@example.com
      reason: the timer of the proxy lags
      link: https://example.com/issues/7
      expires: 2026-12-24             # its last day
  comparison: {lost: block, rates: warn, times: warn}   # with --baseline

Exit codes: 0 released, 1 blocked, 2 unusable input (a policy or result that cannot be
read, two results of one subject, altered evidence), 3 only missing or inconclusive
evidence stands in the way.`,
		Example: `  throughline gate --policy gate.yaml out/latest
  throughline gate --policy gate.yaml --baseline last-release/ nightly/
  throughline gate --policy gate.yaml out/ -o markdown >> "$GITHUB_STEP_SUMMARY"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, err := decisionForm(output)
			if err != nil {
				return usage(err)
			}
			if policy == "" || len(args) == 0 {
				return usage(errors.New("give a policy with --policy, and at least one result; `throughline gate --help` shows both"))
			}
			decision, err := decide(cmd.Context(), policy, now, args, baseline)
			if err != nil {
				return usage(err)
			}
			show := func(w io.Writer) error { return write(w, decision) }
			if output == "text" {
				err = printed(s.out, show)
			} else {
				err = show(s.out)
			}
			if err != nil {
				return inconclusive(err)
			}
			if decision.Outcome != gate.Released {
				return exitError{decision.ExitCode, errors.New("")}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&policy, "policy", "", "the policy to hold the results against")
	cmd.Flags().StringArrayVar(&baseline, "baseline", nil, "a result of the last release, or a folder of them; may be given several times")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or markdown")
	cmd.Flags().StringVar(&now, "now", "", "decide as of the end of this day in UTC (2026-11-28), or of this time (2026-11-28T21:00:00Z), in place of now")
	return cmd
}

// decisionForm is the form of that name.
func decisionForm(name string) (func(io.Writer, gate.Decision) error, error) {
	switch name {
	case "text":
		return gate.Text, nil
	case "json":
		return gate.JSON, nil
	case "markdown":
		return gate.Markdown, nil
	}
	return nil, fmt.Errorf("--output %q: expected text, json or markdown", name)
}

func decide(ctx context.Context, policyFile, now string, results, baseline []string) (gate.Decision, error) {
	at, err := moment(now)
	if err != nil {
		return gate.Decision{}, err
	}
	policy, err := readPolicy(policyFile)
	if err != nil {
		return gate.Decision{}, err
	}
	in := gate.Input{Known: known()}
	compares := len(baseline) > 0
	in.Results, err = readSources(ctx, results, compares)
	if compares {
		var formerErr error
		in.Former, formerErr = readSources(ctx, baseline, compares)
		err = errors.Join(err, formerErr)
	}
	if err != nil {
		return gate.Decision{}, err
	}
	decision, err := gate.Decide(policy, in, at)
	decision.AtGiven = now != ""
	return decision, err
}

// moment is the time at which to decide. A day is its last moment in UTC: what ran on that day is there,
// and what expires on it is in force.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Nanosecond), nil
	}
	return time.Time{}, fmt.Errorf("--now %q: expected a day or a time, as 2026-11-28 or 2026-11-28T21:00:00Z", text)
}

func readPolicy(name string) (gate.Policy, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return gate.Policy{}, fmt.Errorf("%w; name the file of a policy with --policy, or write one: `throughline gate --help` shows the form", err)
	}
	if err != nil {
		return gate.Policy{}, err
	}
	policy, err := gate.DecodePolicy(file, name)
	return policy, errors.Join(err, file.Close())
}

// known are the checks of this throughline.
func known() []gate.Known {
	var all []gate.Known
	for _, c := range e2e.List(e2e.Catalogue(config.Default().Alpha)) {
		k := gate.Known{ID: c.ID, Name: c.Name, Area: c.Area, Profile: reports.Profile(c.Profile)}
		for _, control := range c.Controls {
			k.Controls = append(k.Controls, control.Name)
		}
		all = append(all, k)
	}
	return all
}

// readSources reads all results, several at a time, or says what is wrong with any.
func readSources(ctx context.Context, paths []string, times bool) ([]gate.Source, error) {
	files, missing := filesOfResults(paths)
	sources := make([]gate.Source, len(files))
	failed := make([]error, len(files))
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			var reader gate.Reader
			for i := next.Add(1) - 1; i < int64(len(files)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				sources[i], failed[i] = readSource(&reader, files[i], times)
			}
			return ctx.Err()
		})
	}
	err := group.Wait()
	return sources, errors.Join(slices.Concat([]error{missing}, failed, []error{err})...)
}

// readSource reads one result in its folder, out of which no link leads.
func readSource(reader *gate.Reader, file string, times bool) (gate.Source, error) {
	folder, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return gate.Source{}, err
	}
	source, err := reader.Read(folder.FS(), filepath.Base(file), file, times)
	return source, errors.Join(err, folder.Close())
}
