package rundir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/throughline/throughline/reports"
)

// The files of a run folder.
const (
	// ResultFile is the result in JSON.
	ResultFile = "result.json"
	// JUnitFile is the result as JUnit.
	JUnitFile = "junit.xml"
	// ConformanceFile says to what the mesh conforms, in YAML.
	ConformanceFile = "conformance.yaml"
	// ReportFile is the result as a page.
	ReportFile = "report.html"
	// EvidenceFolder holds a folder for each check and each control.
	EvidenceFolder = reports.EvidenceFolder
	// LatestLink leads to the run that was begun last.
	LatestLink = "latest"
)

// Run is the folder of one run. It is safe for concurrent use.
type Run struct {
	name, path string
	root       *os.Root

	writing sync.Mutex

	mu      sync.Mutex
	folders map[string]string
}

// Name is the name of a run: when it was started, in UTC, and its seed.
func Name(started time.Time, seed int64) string {
	return started.UTC().Format("20060102-150405") + "-" + strconv.FormatInt(seed, 10)
}

// Create makes the folder of a new run below out, which is made where it is
// missing, and lets the latest link lead to it. Where a run of that name is there
// already, a number is put behind the name. The caller closes the run.
func Create(out, name string) (*Run, error) {
	if name == "" || name != slug(name) || name == LatestLink {
		return nil, fmt.Errorf("create run folder: %q is no name for a run; use letters, digits, dots and dashes", name)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, fmt.Errorf("create folder for results (choose another with --out): %w", err)
	}
	parent, err := os.OpenRoot(out)
	if err != nil {
		return nil, fmt.Errorf("open folder for results: %w", err)
	}
	defer parent.Close() //nolint:errcheck // Nothing was written through this handle.
	free, err := mkdir(parent, name)
	if err != nil {
		return nil, fmt.Errorf("create run folder in %s: %w", out, err)
	}
	if err = link(parent, free); err != nil {
		return nil, fmt.Errorf("let %s lead to the run: %w", filepath.Join(out, LatestLink), err)
	}
	root, err := parent.OpenRoot(free)
	if err != nil {
		return nil, fmt.Errorf("open run folder: %w", err)
	}
	return &Run{name: free, path: filepath.Join(out, free), root: root, folders: map[string]string{}}, nil
}

// mkdir makes a folder that was not there before.
func mkdir(parent *os.Root, name string) (string, error) {
	free := name
	for n := 2; ; n++ {
		err := parent.Mkdir(free, 0o755)
		if err == nil || !errors.Is(err, fs.ErrExist) {
			return free, err
		}
		free = name + "-" + strconv.Itoa(n)
	}
}

// link lets the latest link lead to name, at no time to nothing.
func link(parent *os.Root, name string) error {
	if info, err := parent.Lstat(LatestLink); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return errors.New("it is there and no symbolic link; move it away")
	}
	fresh := "." + LatestLink + "." + name
	if err := parent.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := parent.Symlink(name, fresh); err != nil {
		return err
	}
	return parent.Rename(fresh, LatestLink)
}

// Name is the name of the folder.
func (r *Run) Name() string { return r.name }

// Path is the folder, as it was reached.
func (r *Run) Path() string { return r.path }

// Folder is the run folder to read from; no path and no link leads out of it.
func (r *Run) Folder() fs.FS { return r.root.FS() }

// Close ends the use of the folder, which stays.
func (r *Run) Close() error { return r.root.Close() }

// Save writes the result and its JUnit form. It is made to be given to reports.NewLedger.
func (r *Run) Save(result reports.Result) error {
	return errors.Join(
		r.render(ResultFile, result, reports.Encode),
		r.render(JUnitFile, result, func(w io.Writer, result reports.Result) error {
			return reports.JUnit(w, result, filepath.ToSlash(r.path))
		}),
	)
}

func (r *Run) render(name string, result reports.Result, encode func(io.Writer, reports.Result) error) error {
	var buf bytes.Buffer
	if err := encode(&buf, result); err != nil {
		return err
	}
	return r.Write(name, buf.Bytes())
}

// Write writes a file below the run folder and makes the folders that it needs. Name
// has forward slashes and must not leave the run folder. A file of that name is replaced as a
// whole.
func (r *Run) Write(name string, data []byte) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	file := filepath.FromSlash(name)
	if err := r.root.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write %s: %w", r.shown(name), err)
	}
	temp := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".part")
	if err := r.writeAndRename(temp, file, data); err != nil {
		return fmt.Errorf("write %s: %w", r.shown(name), errors.Join(err, r.discard(temp)))
	}
	return nil
}

func (r *Run) writeAndRename(temp, file string, data []byte) error {
	f, err := r.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return r.root.Rename(temp, file)
}

func (r *Run) discard(temp string) error {
	if err := r.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (r *Run) shown(name string) string { return filepath.Join(r.path, filepath.FromSlash(name)) }
