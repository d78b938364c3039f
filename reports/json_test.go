package reports_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

func encoded(t *testing.T, r reports.Result) []byte {
	t.Helper()
	return rendered(t, func(w io.Writer) error { return reports.Encode(w, r) })
}

func TestEncodeIsAsReviewed(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) { golden(t, name+".json", encoded(t, r)) })
	}
}

func TestEncodeRefusesAWriterThatFails(t *testing.T) {
	err := reports.Encode(iotestWriter{}, base())
	if err == nil || err.Error() != "write result: disk full" {
		t.Errorf("error is %v, want that of the writer", err)
	}
}

type iotestWriter struct{}

func (iotestWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestDecodeGivesBackWhatWasEncoded(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			text := encoded(t, r)
			got, err := reports.Decode(bytes.NewReader(text), "result.json")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), string(encoded(t, got))); diff != "" {
				t.Errorf("encoded again it differs:\n%s", diff)
			}
		})
	}
}

func TestEncodeKeepsAHostileTextWhole(t *testing.T) {
	got, err := reports.Decode(bytes.NewReader(encoded(t, hostileResult())), "result.json")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(hostile, "\xff", "\ufffd")
	if got.Problem != want {
		t.Errorf("problem is %q, want %q", got.Problem, want)
	}
}

func TestEncodeWithstandsStatisticsThatAreNoNumbers(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		c := rateCheck()
		c.Statistics.Upper, c.Seconds = bad, bad
		got, err := reports.Decode(bytes.NewReader(encoded(t, with(c))), "result.json")
		if err != nil {
			t.Fatal(err)
		}
		if got.ExitCode != reports.ExitInconclusive || got.Checks[0].Reason != "the statistics are not finite numbers" {
			t.Errorf("with %v the result is %+v", bad, got)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	other := failedChain()
	other.ID = "P02"
	good := string(encoded(t, with(passedChain(), other)))
	cases := map[string]struct{ text, want string }{
		"an empty file":     {"", "result.json: empty; the run was ended before it wrote a result: run again"},
		"a truncated file":  {good[:len(good)/2], "cut short: the JSON text ends in the middle"},
		"a missing bracket": {strings.TrimSuffix(strings.TrimSpace(good), "}"), "cut short"},
		"text that is no JSON": {
			"{\n  \"schema\": \"throughline.dev/result/v1\",\n  oops\n}",
			"result.json:3: not JSON: invalid character 'o'",
		},
		"a foreign JSON file": {`{"kind": "Pod"}`, "no schema; this is no result of throughline"},
		"another version": {
			strings.Replace(good, "result/v1", "result/v2", 1),
			`schema: "throughline.dev/result/v2" is not "throughline.dev/result/v1"; read it with the version of throughline that wrote it`,
		},
		"an unknown field": {
			strings.Replace(good, `"seed"`, `"sead"`, 1),
			`result.json:33: sead: the field is not known; read it with the version of throughline that wrote it`,
		},
		"a field of another type": {
			strings.Replace(good, `"seed": 7`, `"seed": "seven"`, 1),
			"seed: found a string, want a whole number",
		},
		"an unknown verdict": {
			strings.Replace(good, `"verdict": "passed"`, `"verdict": "fine"`, 1),
			`checks[0].verdict: "fine" is none of passed, failed, inconclusive, skipped (of P01)`,
		},
		"a verdict that its checks contradict": {
			strings.Replace(good, "\"verdict\": \"failed\",\n  \"reason\": \"1 failed: P02\",\n  \"exitCode\": 1", `"verdict": "passed", "exitCode": 0`, 1),
			"it says passed (exit code 0), its checks make it failed (exit code 1); the file was altered",
		},
		"two results in one file": {good + good, "more text after the result"},
		"a field twice": {
			strings.Replace(good, `"seed": 7`, `"seed": 7, "seed": 8`, 1), "result.json:33: seed: it is there twice; no run writes that",
		},
		"a verdict in capitals":  {strings.Replace(good, `"exitCode"`, `"EXITCODE"`, 1), "result.json:5: EXITCODE: the field is not known"},
		"bytes that are no text": {strings.Replace(good, `"kind"`, "\"ki\xffnd\"", 1), "not JSON: invalid UTF-8"},
		"a number for a time": {
			strings.Replace(good, `"started": "2026-11-23T06:11:25Z"`, `"started": 7`, 1), "result.json:34: started: found a number, want a time such as",
		},
		"a day for a time": {
			strings.Replace(good, `"started": "2026-11-23T06:11:25Z"`, `"started": "2026-11-23"`, 1), "result.json:34: started: ",
		},
		"an end before the start": {
			strings.Replace(good, `"finished": "2026-11-23T06:14:37Z"`, `"finished": "2025-11-23T06:14:37Z"`, 1),
			"result.json:35: finished: the run finished before it started",
		},
		"a check twice": {
			strings.Replace(good, `"id": "P02"`, `"id": "P01"`, 1), "checks[1]: P01 is there twice",
		},
		"a failure that is called passed": {
			strings.Replace(strings.Replace(good, `"verdict": "failed"`, `"verdict": "passed"`, 2), `"verdict": "passed"`, `"verdict": "failed"`, 1),
			"checks[1].findings: a check that passed has none; the file was altered",
		},
		"an unknown profile":          {strings.Replace(good, `"profile": "core"`, `"profile": "cor"`, 1), `checks[0].profile: "cor" is none of core, extended, providers`},
		"evidence of no digest":       {strings.Replace(good, `"sha256": "`, `"sha256": "zz`, 1), `checks[0].evidence[0].sha256: "zz`},
		"a list in place of a result": {"[1]", "result.json:1: found a list, want an object"},
		"evidence that lies elsewhere": {
			strings.Replace(good, `"path": "evidence/P01/hops.txt"`, `"path": "../secret"`, 1), `checks[1].evidence[0].path: "../secret" leaves the run folder`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := reports.Decode(strings.NewReader(c.text), "result.json")
			if err == nil {
				t.Fatal("it was read without an error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "result.json:") {
				t.Errorf("error is %q, want %q in it", err, c.want)
			}
			if _, brief := reports.DecodeBrief([]byte(c.text), "result.json"); brief == nil || brief.Error() != err.Error() {
				t.Errorf("read in brief, the error is %v, and not %v", brief, err)
			}
		})
	}
}

func TestDecodeNamesTheLineOfAWrongType(t *testing.T) {
	text := string(encoded(t, with(passedChain())))
	line := 1 + strings.Count(text[:strings.Index(text, `"seed"`)], "\n")
	_, err := reports.Decode(strings.NewReader(strings.Replace(text, `"seed": 7`, `"seed": []`, 1)), "r.json")
	if err == nil || !strings.HasPrefix(err.Error(), "r.json:"+strconv.Itoa(line)+": seed: ") {
		t.Errorf("error is %v, want line %d", err, line)
	}
}

func TestDecodeRefusesStatisticsThatCannotBe(t *testing.T) {
	for field, change := range map[string]func(s *reports.Statistics){
		"n":        func(s *reports.Statistics) { s.N = -1 },
		"observed": func(s *reports.Statistics) { s.Observed = s.N + 1 },
		"p":        func(s *reports.Statistics) { s.P = 1.5 },
		"percent":  func(s *reports.Statistics) { s.Percent = 5000 },
		"lower":    func(s *reports.Statistics) { s.Lower = s.Upper + 1 },
		"alpha":    func(s *reports.Statistics) { s.Alpha = 2 },
		"power":    func(s *reports.Statistics) { s.Power = -1 },
	} {
		c := rateCheck()
		change(c.Statistics)
		text := string(encoded(t, with(c)))
		from := strings.Index(text, `"statistics"`)
		line := 1 + strings.Count(text[:from+strings.Index(text[from:], `"`+field+`":`)], "\n")
		_, err := reports.Decode(strings.NewReader(text), "r.json")
		if want := "r.json:" + strconv.Itoa(line) + ": checks[0].statistics." + field + ": "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

func TestDecodeRefusesAPassThatIsNone(t *testing.T) {
	for field, change := range map[string]func(check, control *reports.Check){
		"checks[0].statistics.p":     func(check, _ *reports.Check) { check.Statistics.P = check.Statistics.Alpha },
		"checks[0].cases[1].verdict": func(check, _ *reports.Check) { check.Cases = []reports.Case{{Verdict: "allowed"}, {Verdict: "wrong"}} },
		"checks[0].tests[0].p":       func(check, _ *reports.Check) { check.Tests = []traces.Statistic{{P: -7}} },
		"checks[0].round":            func(check, _ *reports.Check) { check.Round = -1 },
		"checks[0].seconds":          func(check, _ *reports.Check) { check.Seconds = -1 },
		"checks[1].findings":         func(_, control *reports.Check) { control.Findings = nil },
	} {
		check, control := rateCheck(), caughtControl()
		if _, err := reports.Decode(bytes.NewReader(encoded(t, with(check, control))), "r.json"); err != nil {
			t.Fatal(err)
		}
		change(&check, &control)
		_, err := reports.Decode(bytes.NewReader(encoded(t, with(check, control))), "r.json")
		if err == nil || !strings.Contains(err.Error(), ": "+field+": ") {
			t.Errorf("error is %v, want one of %s", err, field)
		}
	}
}

func TestDecodeRefusesAResultOfAHundredMegabytes(t *testing.T) {
	text := strings.NewReader(`{"schema": "throughline.dev/result/v1", "notes": ["` + strings.Repeat("x", 100<<20) + `"]}`)
	_, err := reports.Decode(text, "result.json")
	if err == nil || err.Error() != "result.json: larger than 64 MiB; no run writes such a result" {
		t.Errorf("error is %v", err)
	}
}

func TestDecodePassesOnAReadError(t *testing.T) {
	_, err := reports.Decode(iotest.ErrReader(errors.New("device gone")), "result.json")
	if err == nil || err.Error() != "read result result.json: device gone" {
		t.Errorf("error is %v", err)
	}
}
