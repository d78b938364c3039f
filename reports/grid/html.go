package grid

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
)

//go:embed page.html
var page string

//go:embed page.css
var style string

// shownRuns is how many runs of a cell have a mark in the first table.
const shownRuns = 20

// HTML writes the grid as one page that needs nothing else: no script, no network, and nothing that its
// policy would let in.
func HTML(w io.Writer, g Grid) error {
	parsed, err := template.New("page").Funcs(template.FuncMap{
		"class": class, "mark": mark, "words": inWords, "percent": percent, "join": strings.Join, "unknown": orUnknown,
		"value":  func(c Cell, a matrix.Axis) string { return c.value(a) },
		"recent": func(runs []Run) []Run { return runs[:min(len(runs), shownRuns)] },
		"planned": func(c Cell) bool {
			return c.Planned == nil || *c.Planned
		},
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the template of the grid: %w", err)
	}
	digest := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
	err = parsed.Execute(w, struct {
		Grid
		// Policy and Style are our own, and no part of any result.
		Policy     template.HTML
		Style      template.CSS
		Confidence string
		Cut        int
	}{
		Grid:       g,
		Policy:     template.HTML(`<meta http-equiv="Content-Security-Policy" content="` + policy + `">`),
		Style:      template.CSS(style),
		Confidence: fmt.Sprintf("%.0f %%", 100*Confidence),
		Cut:        shownRuns,
	})
	if err != nil {
		return fmt.Errorf("write grid: %w", err)
	}
	return nil
}

// class is a verdict as the name of a class.
func class(v reports.Verdict) string {
	if slices.Contains([]reports.Verdict{reports.Passed, reports.Failed, reports.Inconclusive, reports.Skipped}, v) {
		return string(v)
	}
	return "none"
}

// mark is a verdict in one character, so that no meaning rests on colour.
func mark(v reports.Verdict) string {
	switch v {
	case reports.Passed:
		return "✓"
	case reports.Failed:
		return "✗"
	case reports.Inconclusive:
		return "?"
	case reports.Skipped:
		return "–"
	}
	return "·"
}
