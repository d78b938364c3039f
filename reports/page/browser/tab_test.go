package browser_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/throughline/throughline/reports/page"
)

// patience bounds each test: a browser that hangs must not hang the build.
const patience = 2 * time.Minute

// tab is a page in a browser of its own, with all that it complained of and asked for.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // It is the tab, as chromedp has it.

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// window is what a page is seen in.
type window struct {
	width, height int64
	phone, dark   bool
}

func desk() window { return window{width: 1280, height: 900} }

// open writes the report into a file and opens it.
func open(t *testing.T, report page.Report, in window) *tab {
	t.Helper()
	tab := begin(t, in)
	tab.visit(report)
	return tab
}

func (tab *tab) visit(report page.Report) {
	tab.t.Helper()
	var buf bytes.Buffer
	if err := page.Write(&buf, report); err != nil {
		tab.t.Fatal(err)
	}
	file := filepath.Join(tab.t.TempDir(), "report.html")
	if err := os.WriteFile(file, buf.Bytes(), 0o600); err != nil {
		tab.t.Fatal(err)
	}
	tab.do(chromedp.Navigate("file://" + file))
}

// begin starts a browser that knows no network.
func begin(t *testing.T, in window) *tab {
	t.Helper()
	program := os.Getenv("THROUGHLINE_TEST_BROWSER")
	if program == "" {
		t.Skip("needs a Chromium: run make test-browser, or name the program in THROUGHLINE_TEST_BROWSER")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.DisableGPU,
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions",
		"disable-dev-shm-usage", "disable-default-apps", "disable-domain-reliability", "no-pings",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	tab := &tab{t: t}
	tab.ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(tab.hear))
	t.Cleanup(cancel)
	call(tab, network.Enable, network.EnableParams{})
	scheme := "light"
	if in.dark {
		scheme = "dark"
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	var mobile []chromedp.EmulateViewportOption
	if in.phone {
		mobile = append(mobile, chromedp.EmulateMobile)
	}
	tab.do(chromedp.EmulateViewport(in.width, in.height, mobile...))
	return tab
}

// hear notes what a quiet page never says, and what it asks for.
func (tab *tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			tab.complaints = append(tab.complaints, "console: "+string(arg.Value))
		}
	case *runtime.EventExceptionThrown:
		tab.complaints = append(tab.complaints, "exception: "+e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	case *log.EventEntryAdded:
		tab.complaints = append(tab.complaints, "log: "+e.Entry.Text)
	case *cdppage.EventJavascriptDialogOpening:
		tab.complaints = append(tab.complaints, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		tab.requests = append(tab.requests, e.Request.URL)
	}
}

func (tab *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, actions...); err != nil {
		tab.t.Fatal(err)
	}
}

// eval is what an expression gives, a promise waited for.
func eval[T any](tab *tab, expression string) T {
	tab.t.Helper()
	got, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

// run evaluates an expression for what it does.
func (tab *tab) run(expression string) {
	tab.t.Helper()
	eval[chromedp.Void](tab, expression)
}

// quiet fails where the page complained, or asked for anything but itself.
func (tab *tab) quiet() {
	tab.t.Helper()
	tab.run(`new Promise((done) => setTimeout(done, 100))`)
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, complaint := range tab.complaints {
		tab.t.Errorf("the page complained: %s", complaint)
	}
	if len(tab.requests) != 1 || !strings.HasPrefix(tab.requests[0], "file://") {
		tab.t.Errorf("the page asked for %q, want itself alone", tab.requests)
	}
}

// keys presses keys one after another, each with the text that it types, which a page may
// refuse.
func (tab *tab) keys(keys ...string) {
	tab.t.Helper()
	for _, key := range keys {
		for _, r := range key {
			events := kb.Encode(r)
			if len(events) == 3 {
				events[0].Text = events[1].Text
				events = slices.Delete(events, 1, 2)
			}
			for _, event := range events {
				call(tab, input.DispatchKeyEvent, *event)
			}
		}
	}
}

// shot takes a picture into a folder.
func (tab *tab) shot(folder, name string) {
	tab.t.Helper()
	picture, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600)
	}
	if err != nil {
		tab.t.Fatal(err)
	}
}

// call gives the browser a command.
func call[P, R any](tab *tab, command cdp.Command[P, R], params P) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, command, params); err != nil {
		tab.t.Fatal(err)
	}
}
