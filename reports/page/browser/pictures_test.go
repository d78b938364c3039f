package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/reports/page/internal/specimen"
)

// TestPictures takes pictures of what matters, for somebody to look at.
func TestPictures(t *testing.T) {
	folder := os.Getenv("THROUGHLINE_SCREENSHOTS")
	if folder == "" {
		t.Skip("takes pictures into the folder that THROUGHLINE_SCREENSHOTS names")
	}
	pause := func(tab *tab) { tab.run(`new Promise((done) => setTimeout(done, 200))`) }
	look := func(tab *tab, name, selector string) {
		tab.run(fmt.Sprintf(`document.querySelector(%q).scrollIntoView()`, selector))
		pause(tab)
		tab.shot(folder, name)
	}
	for prefix, in := range map[string]window{
		"desk-": desk(), "dark-": {width: 1280, height: 900, dark: true}, "phone-": {width: 390, height: 844, phone: true},
	} {
		tab := shop(t, in)
		tab.shot(folder, prefix+"first")
		look(tab, prefix+"checks", "#checks")
		tab.run(`location.hash = "check-P02"`)
		pause(tab)
		tab.shot(folder, prefix+"failed")
		look(tab, prefix+"trees", ".shown .trees")
		look(tab, prefix+"waterfall", ".shown .waterfall")
		look(tab, prefix+"headers", ".shown table.headers")
		eval[int](tab, openAll)
		look(tab, prefix+"rate", "#check-S04-50")
		look(tab, prefix+"rate-chart", ".interval")
		look(tab, prefix+"latency", "figure:has(polyline)")
		look(tab, prefix+"cases", "code.wire")
		look(tab, prefix+"run", "#run-title")
	}
	deep := open(t, page.Report{Run: specimen.Deep(10_000, true)}, desk())
	deep.run(`location.hash = "check-P25"`)
	pause(deep)
	deep.shot(folder, "deep-failed")
	look(deep, "deep-trees", ".shown .trees")
	look(deep, "deep-waterfall", ".waterfall")
	deep.run(`document.querySelector(".scroll").scrollTop = 120000`)
	pause(deep)
	deep.shot(folder, "deep-middle")

	printed := shop(t, desk())
	printed.run(`location.hash = "check-P02"`)
	pause(printed)
	call(printed, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	printed.shot(folder, "print")
	look(printed, "print-trees", ".shown .trees")
	pdf, err := chromedp.Run(printed.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "print.pdf"), pdf, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
