package rundir

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/throughline/throughline/reports"
)

// The files of a check's evidence: an exhibit of every check that ran, and all that there is
// of what did not pass.
const (
	ExhibitFile  = reports.ExhibitFile
	SpansFile    = "spans.json"
	ExpectedFile = "expected.txt"
	ObservedFile = "observed.txt"
	HopsFile     = "hops.txt"
	ProxiesFile  = "proxies.txt"
)

// Evidence is the folder of what one check, or one control of it, was judged by.
// It is safe for concurrent use.
type Evidence struct {
	run    *Run
	folder string

	mu    sync.Mutex
	files []reports.File
}

// Evidence is the folder of the check of that name (`P01`, `P01/zipkin`), or of its control where
// control is not empty, in one round of several. Two names or rounds never share a folder; the
// folder is made with its first file.
func (r *Run) Evidence(check, control string, round int) *Evidence {
	full, folder := check, cmp.Or(slug(check), "unnamed")
	if control != "" {
		full += "\x00" + control
		folder += ".control." + slug(control)
	}
	if round > 1 {
		full += "\x00\x00" + strconv.Itoa(round)
		folder += ".round." + strconv.Itoa(round)
	}
	return &Evidence{run: r, folder: path.Join(EvidenceFolder, r.reserve(full, folder))}
}

// reserve finds a folder that no other name has.
func (r *Run) reserve(full, folder string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	free := folder
	for n := 2; ; n++ {
		owner, taken := r.folders[free]
		if !taken || owner == full {
			r.folders[free] = full
			return free
		}
		free = folder + "." + strconv.Itoa(n)
	}
}

// Write writes one file of the evidence. Name is a plain file name.
func (e *Evidence) Write(name string, data []byte) error {
	if name == "" || name != slug(name) {
		return fmt.Errorf("write evidence in %s: %w", e.folder, errors.New(strconv.Quote(name)+" is no file name; use letters, digits, dots and dashes"))
	}
	file := path.Join(e.folder, name)
	if err := e.run.Write(file, data); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.files = slices.DeleteFunc(e.files, func(f reports.File) bool { return f.Path == file })
	e.files = append(e.files, reports.FileOf(file, data))
	return nil
}

// Folder is the folder of the evidence below the run folder, with forward slashes.
func (e *Evidence) Folder() string { return e.folder }

// Files lists what was written, in order of name, as reports.Check.Evidence wants it.
func (e *Evidence) Files() []reports.File {
	e.mu.Lock()
	defer e.mu.Unlock()
	files := slices.Clone(e.files)
	slices.SortFunc(files, func(a, b reports.File) int { return cmp.Compare(a.Path, b.Path) })
	return files
}

// maxSlug keeps a name well below what file systems allow.
const maxSlug = 80

// slug is name as one element of a path: letters, digits, dots, dashes and low lines. All
// else becomes dashes, and no dot stands in front.
func slug(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_',
			r == '.' && b.Len() > 0:
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxSlug {
			break
		}
	}
	return strings.TrimRight(b.String(), "-.")
}
