package w3c_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces/w3c"
)

func TestEveryCaseIsFullyDeclared(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	link := regexp.MustCompile(`^https://www\.w3\.org/TR/trace-context(-2)?/#[a-z0-9-]+$`)
	seen := map[string]bool{}
	for _, c := range w3c.Cases() {
		if !id.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("id %q is not a name, or another case has it", c.ID)
		}
		seen[c.ID] = true
		if !link.MatchString(c.Clause) {
			t.Errorf("%s: clause %q is no link into the specification", c.ID, c.Clause)
		}
		if c.Level != 1 && c.Level != 2 {
			t.Errorf("%s: level %d", c.ID, c.Level)
		}
		if c.May != nil && *c.May == c.Want {
			t.Errorf("%s: what it may do is what it must", c.ID)
		}
		if got, ok := w3c.Find(c.ID); !ok || got.ID != c.ID {
			t.Errorf("%s is not found", c.ID)
		}
	}
	if _, ok := w3c.Find("no-such-case"); ok {
		t.Error("a case was found that is none")
	}
}

// The public suite (test/test.py at commit 00a91acf) has 40 tests, which send 82 kinds of
// request; 6 of the tests, with 20 of the requests, are at its strict level only.
func TestTheCasesOfThePublicSuiteAreAllThere(t *testing.T) {
	tests, requests, strict := map[string]bool{}, 0, 0
	for _, c := range w3c.Cases() {
		if c.Suite == "" {
			continue
		}
		tests[c.Suite] = true
		requests++
		if c.Level == 2 {
			strict++
		}
	}
	if len(tests) != 40 || requests != 82 || strict != 20 {
		t.Errorf("%d tests, %d requests, %d of them strict; want 40, 82 and 20", len(tests), requests, strict)
	}
}

func TestEachRequestSendsIDsOfItsOwn(t *testing.T) {
	c, _ := w3c.Find("traceparent-twice")
	first, again, other := c.For("r-1"), c.For("r-1"), c.For("r-2")
	if !bytes.Equal(first[0], again[0]) {
		t.Errorf("one request sends %q and %q", first[0], again[0])
	}
	if bytes.Equal(first[0], other[0]) || bytes.Equal(first[0], first[1]) {
		t.Errorf("two requests, or two lines, send the same: %q, %q, %q", first[0], first[1], other[0])
	}
	shape := regexp.MustCompile(`^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)
	for _, line := range [][]byte{first[0], first[1], other[0]} {
		if !shape.Match(line) {
			t.Errorf("%q is no valid traceparent", line)
		}
	}
}

func TestMarksStandForPartsOfTheIDs(t *testing.T) {
	got := strings.Split(string(w3c.Fill("{trace} {trace-} {TRACE} {parent} {parent-} {PARENT}", "r-1")), " ")
	if got[1] != got[0][:31] || got[2] != strings.ToUpper(got[0]) || got[2] == got[0] ||
		got[4] != got[3][:15] || got[5] != strings.ToUpper(got[3]) || got[5] == got[3] {
		t.Errorf("got %q", got)
	}
}

func TestNoLineBreaksOutOfItsHeader(t *testing.T) {
	for _, c := range w3c.Cases() {
		for _, line := range c.For("r-1") {
			if name, _, ok := bytes.Cut(line, []byte(":")); !ok || len(name) == 0 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Errorf("%s: line %q", c.ID, line)
			}
			if bytes.Contains(line, []byte("{trace")) || bytes.Contains(line, []byte("{parent")) {
				t.Errorf("%s: a mark is left in %q", c.ID, line)
			}
		}
	}
}

func TestCallsOfItsOwnAreOnlySentWhereTheApplicationHasAProxy(t *testing.T) {
	in, out := len(w3c.Ingress().Cases()), len(w3c.Egress().Cases())
	if in != len(w3c.Cases()) || in-out != 3 {
		t.Errorf("%d cases in, %d out, %d in all", in, out, len(w3c.Cases()))
	}
}
