package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"unicode"

	"github.com/throughline/throughline/reports"
)

// Run is a run as it was kept.
type Run struct {
	Result reports.Result
	// Folder is the run folder, from which exhibits are read; nil where there is none.
	Folder fs.FS
}

// Report is what a page shows.
type Report struct {
	Run
	// Former is the run that this one is compared with; nil for no comparison.
	Former *Run
	// Jaeger is the address of Jaeger's pages, as `http://127.0.0.1:16686`, to which
	// traces are linked; "" for no links.
	Jaeger string
}

// ErrJaeger says that the address of Jaeger is none.
var ErrJaeger = errors.New("no address of Jaeger's pages")

// Write writes the report as one HTML file. An exhibit that is missing, broken or not what
// the run wrote is told in the page, and is no error. An address of Jaeger that is none
// is ErrJaeger; any other error is one of w.
func Write(w io.Writer, report Report) error {
	if err := checkJaeger(report.Jaeger); err != nil {
		return err
	}
	var page bytes.Buffer
	layout, err := layout()
	if err != nil {
		return err
	}
	if err := layout.Execute(&page, viewOf(report)); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	if _, err := w.Write(page.Bytes()); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func checkJaeger(address string) error {
	if address == "" {
		return nil
	}
	host, found := strings.CutPrefix(address, "https://")
	if !found {
		host, found = strings.CutPrefix(address, "http://")
	}
	strange := func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsGraphic(r) || strings.ContainsRune(" \"'<>\\`{}|^?#", r)
	}
	if !found || host == "" || host[0] == '/' || strings.ContainsFunc(host, strange) {
		return fmt.Errorf("%w: %q; give http:// or https:// with a host, and a path where it has one, as http://127.0.0.1:16686", ErrJaeger, address)
	}
	return nil
}

//go:embed page.html page.css js
var files embed.FS

// scripts are the parts of the page's script, in order.
func scripts() []string {
	return []string{"dom", "links", "trees", "waterfall", "headers", "charts", "check", "filter", "main"}
}

// layout is the template of the page. It has no part in what a page shows, so that the digests
// in its policy are those of files that are built in.
func layout() (*template.Template, error) {
	var script strings.Builder
	script.WriteString("\"use strict\";\n")
	for _, name := range scripts() {
		part, err := files.ReadFile("js/" + name + ".js")
		if err != nil {
			return nil, fmt.Errorf("read script: %w", err)
		}
		script.Write(part)
	}
	style, err := files.ReadFile("page.css")
	if err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	parsed, err := template.New("page.html").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) },
		"script": func() template.JS { return template.JS(script.String()) },
		// A long name may be broken behind its slash and its underscores.
		"breakable": func(name safe) []string { return pieces.FindAllString(string(name), -1) },
		"policy":    func() string { return policy(string(style), script.String()) },
	}).ParseFS(files, "page.html")
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	return parsed, nil
}

var pieces = regexp.MustCompile(`[^/_]*[/_]|[^/_]+`)

// policy allows the one style and the one script, and nothing else; no script may make
// markup of text.
func policy(style, script string) string {
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'none'", "style-src " + digest(style), "script-src " + digest(script),
		"base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}
