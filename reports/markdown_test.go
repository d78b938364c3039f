package reports_test

import (
	"strings"
	"testing"

	"github.com/throughline/throughline/reports"
)

func TestTextStandsInMarkdownAsCode(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		"P01":          "`P01`",
		"a`b":          "``a`b``",
		"```":          "```` ``` ````",
		"`a":           "`` `a ``",
		"a|b":          "`a\\x7cb`",
		"a\nb\x1b":     "`a\\nb\\x1b`",
		"<script>":     "`<script>`",
		"@you #1 *x*":  "`@you #1 *x*`",
		"end``of`code": "```end``of`code```",
	} {
		if got := reports.Code(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := reports.Code(hostile); strings.ContainsAny(got, "\x1b\n\r|\u202e\x00") {
		t.Errorf("%q", got)
	}
}
