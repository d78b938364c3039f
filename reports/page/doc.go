// Package page is a run as one HTML file: the verdict first, what failed and why in one line
// each, then every check with its prose, the expected and the observed tree beside each
// other, the waterfall of its traces, the headers on each hop and its statistics.
//
//	run := page.Run{Result: result, Folder: os.DirFS("out/latest")}
//	err := page.Write(w, page.Report{Run: run, Former: &former, Jaeger: "http://127.0.0.1:16686"})
//
// The file needs nothing else: no network, no other file, and without scripts it still
// shows the verdict, the failures and the table of checks. The scripts in js draw the details
// of a check when it is opened, from the JSON that stands in the page. Nothing that comes
// from a result, a trace or a header becomes markup: the page is made by html/template,
// scripts make elements and text and never read markup, and a Content-Security-Policy
// allows the page's own style and scripts, by their digests, and nothing else. What turns
// text round or cannot be seen is shown as reports.Safe writes it.
//
// The page judges nothing: verdicts and findings are those of the result, and what is
// otherwise than in a former run is what reports/compare finds. What it works out itself, for
// the eye, are the lines of the two trees (traces.Beside) and the times of spans.
package page
