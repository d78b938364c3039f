package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/onsi/ginkgo/v2/formatter"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// silent is a lab whose evidence is empty. It remembers how many traffics were sent together.
type silent struct{ sent []int }

func (*silent) Ahead([]suites.Sample) {}

func (s *silent) SendTogether(_ context.Context, traffics []suites.Traffic) ([]traces.Evidence, error) {
	s.sent = append(s.sent, len(traffics))
	return make([]traces.Evidence, len(traffics)), nil
}

// TestASuiteRunsEachSpecOnceARound is the one test of this package that runs Ginkgo, which
// does so once in a process.
func TestASuiteRunsEachSpecOnceARound(t *testing.T) {
	finding := traces.Finding{Kind: traces.SplitTrace, Service: "cart"}
	check := func(id string, needs ...suites.Feature) suites.Check {
		mesh := suites.Everything(traces.OpenTelemetry)
		return suites.Check{
			ID: id, Area: suites.Propagation, Title: "holds", Needs: needs,
			Traffic: suites.Few(mesh, traces.Topology{Name: "one", Entry: "web", Services: []traces.Service{{Name: "web"}}}),
			Judge: func(ev traces.Evidence) suites.Judgement {
				if len(ev.Requests) > 0 {
					return suites.Judgement{Findings: []traces.Finding{finding}}
				}
				return suites.Judgement{}
			},
			Controls: []suites.Control{{
				Name: "mutate", Mutate: func(ev *traces.Evidence) { ev.Requests = append(ev.Requests, traces.Exchange{}) },
				Finds: []suites.Finds{{Kind: finding.Kind, Service: finding.Service}},
			}},
		}
	}
	groups, err := byMesh(specsOf([]suites.Check{check("P91"), check("P92"), check("P93", suites.FormatterTags)}))
	if err != nil {
		t.Fatal(err)
	}
	lab, ended := &silent{}, []string{}
	declaration{
		lab: lab, groups: groups, subject: suites.Subject{Versions: map[string]string{"istio": "1.20.0"}},
		seed: 3, rounds: 2, timeout: time.Minute,
		record: func(s spec, out suites.Outcome, took time.Duration) {
			ended = append(ended, fmt.Sprintf("%s %s", s.title(), out.Verdict))
			if out.Verdict == reports.Skipped && !strings.Contains(out.Reason, "istio 1.29 has it, this is 1.20.0") {
				t.Errorf("%s is skipped for %q", s.title(), out.Reason)
			}
			if took < 0 {
				t.Errorf("%s took %s", s.title(), took)
			}
		},
	}.declare(t.Context())
	var log bytes.Buffer
	formatter.ColorableStdOut = &log
	suite, reporter := GinkgoConfiguration()
	suite.RandomizeAllSpecs, reporter.Succinct = true, true
	if !RunSpecs(verdicts{}, "one suite", suite, reporter) {
		t.Errorf("the suite failed:\n%s", &log)
	}
	var want []string
	for _, round := range []string{"", " (round 2)"} {
		for _, id := range []string{"P91", "P92"} {
			want = append(want, id+" holds"+round+" passed", id+" control: mutate"+round+" passed")
		}
		want = append(want, "P93 holds"+round+" skipped", "P93 control: mutate"+round+" skipped")
	}
	slices.Sort(ended)
	slices.Sort(want)
	if !slices.Equal(ended, want) {
		t.Errorf("ended\n%s\nwant\n%s", strings.Join(ended, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Equal(lab.sent, []int{2, 2}) {
		t.Errorf("sent %v traffics, want two together in each round", lab.sent)
	}
}
