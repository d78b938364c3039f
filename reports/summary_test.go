package reports_test

import (
	"io"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/throughline/throughline/reports"
)

func summary(t *testing.T, r reports.Result) string {
	t.Helper()
	return string(rendered(t, func(w io.Writer) error { return reports.Summary(w, r, "out/latest") }))
}

func TestSummaryIsAsReviewed(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) { golden(t, name+".txt", []byte(summary(t, r))) })
	}
}

func TestSummaryEndsWithWhatToDoNext(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(strings.TrimSuffix(summary(t, r), "\n"), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "next: ") {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}

func TestWhatToRunAgainHasTheVersionsThatWereTested(t *testing.T) {
	r := with(passedChain(), failedChain())
	r.Configuration = map[string]string{"versions": "envoy=1.39.3"}
	if text := summary(t, r); !strings.Contains(text, "throughline run --versions envoy=1.39.3 --check P01\n") {
		t.Error(text)
	}
}

func TestNothingHostileReachesATerminal(t *testing.T) {
	texts := map[string]string{
		"summary": summary(t, hostileResult()),
		"junit":   string(rendered(t, func(w io.Writer) error { return reports.JUnit(w, hostileResult(), "out/latest") })),
		"json":    string(encoded(t, hostileResult())),
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			for _, r := range text {
				if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028') {
					t.Fatalf("%U is in the text:\n%q", r, text)
				}
			}
		})
	}
}

func TestSafeLeavesOrdinaryTextAlone(t *testing.T) {
	for _, text := range []string{"", "web > cart", "50 % — größer, 日本, 🙂", "two\nlines"} {
		if got := reports.Safe(text); got != text {
			t.Errorf("Safe(%q) is %q", text, got)
		}
	}
}

func TestElapsedReadsLikeAClock(t *testing.T) {
	cases := map[time.Duration]string{
		0:                                "0.00s",
		420 * time.Millisecond:           "0.42s",
		9994 * time.Millisecond:          "9.99s",
		9995 * time.Millisecond:          "10.0s",
		34200 * time.Millisecond:         "34.2s",
		59949 * time.Millisecond:         "59.9s",
		59950 * time.Millisecond:         "1m00s",
		3*time.Minute + 12*time.Second:   "3m12s",
		time.Hour - 400*time.Millisecond: "1h00m",
		time.Hour - 600*time.Millisecond: "59m59s",
		time.Hour + 4*time.Minute:        "1h04m",
		-1500 * time.Millisecond:         "-1.50s",
		math.MinInt64:                    "-2562047h47m",
	}
	for d, want := range cases {
		if got := reports.Elapsed(d); got != want {
			t.Errorf("Elapsed(%d) is %s, want %s", d, got, want)
		}
	}
}

func TestSafeShowsWhatHasNoShapeOfItsOwn(t *testing.T) {
	for text, want := range map[string]string{
		"a\u202eb": `a\u202eb`, "a\u200bb": `a\u200bb`, "a\u00adb": `a\xadb`, "a\ufe0fb": `a\ufe0fb`, "a\U000e0041b": `a\U000e0041b`,
		"a\u3164b": `a\u3164b`, "a\u115fb": `a\u115fb`, "a\uffa0b": `a\uffa0b`, "a\u034fb": `a\u034fb`,
	} {
		if got := reports.Safe(text); got != want {
			t.Errorf("Safe(%q) is %s, want %s", text, got, want)
		}
	}
}
