package gate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// Source is a result and where it came from.
type Source struct {
	// File is the result's file, as whoever gave it calls it.
	File string
	// SHA256 is the digest of the file in hexadecimal digits: it pins what was decided on.
	SHA256   string
	Result   reports.Result
	Evidence Evidence
	// Latencies are those of its exhibits, where they are there; only a comparison looks at
	// them.
	Latencies map[compare.Key][]reports.Latency
}

// Read reads a result and holds its evidence against it. Folder is its run folder and file its
// name there; shown is how errors and the decision call it. Times says whether to read its
// exhibits too, which only a comparison needs.
func Read(folder fs.FS, file, shown string, times bool) (Source, error) {
	return new(Reader).Read(folder, file, shown, times)
}

// Reader reads one result after another into the same memory.
type Reader struct{ buffer bytes.Buffer }

// Read is Read of the package.
func (r *Reader) Read(folder fs.FS, file, shown string, times bool) (Source, error) {
	text, err := r.file(folder, file, shown)
	if err != nil {
		return Source{}, err
	}
	digest := sha256.Sum256(text)
	s := Source{File: shown, SHA256: hex.EncodeToString(digest[:])}
	if s.Result, err = reports.DecodeBrief(text, shown); err != nil {
		return Source{}, err
	}
	if s.Evidence, err = Verify(s.Result, folder); err != nil {
		return Source{}, fmt.Errorf("%s: %w", shown, err)
	}
	if times {
		if s.Latencies, err = Latencies(s.Result, folder); err != nil {
			return Source{}, fmt.Errorf("%s: %w", shown, err)
		}
	}
	return s, nil
}

// file reads a file whose size it looks at first. The next one takes its memory.
func (r *Reader) file(folder fs.FS, file, shown string) ([]byte, error) {
	info, err := fs.Stat(folder, file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", shown, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: it is no regular file; give the result.json of a run folder", shown)
	case info.Size() > reports.MaxResult:
		return nil, fmt.Errorf("%s: %d MiB, larger than %d MiB; no run writes such a result", shown, info.Size()>>20, reports.MaxResult>>20)
	}
	opened, err := folder.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	r.buffer.Reset()
	_, err = r.buffer.ReadFrom(io.LimitReader(opened, reports.MaxResult+1))
	if err = errors.Join(err, opened.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	return r.buffer.Bytes(), nil
}

// Evidence is what became of the files that a result rests on.
type Evidence struct {
	// Intact are as the run wrote them, Missing are not beside the result.
	Intact  int `json:"intact"`
	Missing int `json:"missing"`
	// MissingFiles are the paths of those that are missing, in their order.
	MissingFiles []string `json:"-"`
}

// Verify holds the files of evidence in a run folder against a result. What is not there is
// counted. The error names every file that is not what the run wrote, whose path leaves the
// folder, or that two checks list, and the first few that no check lists: then the result is
// unusable. A run that has not finished writes a file before its result lists it, so that what
// none lists says nothing there.
func Verify(r reports.Result, folder fs.FS) (Evidence, error) {
	var e Evidence
	var errs []error
	listed := map[string]bool{}
	for _, c := range r.Checks {
		for _, f := range c.Evidence {
			if listed[f.Path] {
				errs = append(errs, fmt.Errorf("evidence %s: the result lists it twice, and each check has files of its own; the result was altered", reports.SafeLine(f.Path)))
				continue
			}
			listed[f.Path] = true
			switch err := f.Verify(folder); {
			case err == nil:
				e.Intact++
			case errors.Is(err, fs.ErrNotExist):
				e.Missing++
				e.MissingFiles = append(e.MissingFiles, f.Path)
			default:
				errs = append(errs, err)
			}
		}
	}
	slices.Sort(e.MissingFiles)
	if !r.Finished.IsZero() {
		errs = append(errs, unlisted(folder, listed))
	}
	return e, errors.Join(errs...)
}

// unlisted is the error of files of evidence that no check lists.
func unlisted(folder fs.FS, listed map[string]bool) error {
	var found []string
	err := fs.WalkDir(folder, reports.EvidenceFolder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case path == reports.EvidenceFolder && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err == nil && !entry.IsDir() && !listed[path]:
			found = append(found, reports.SafeLine(path))
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("evidence: %w", err)
	case len(found) == 0:
		return nil
	}
	return fmt.Errorf("%s: no check of the result lists %s; the result or the folder was altered: take the run folder anew, or run again",
		some(found), pronoun(len(found)))
}

func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// Latencies reads how long the requests of each check took, from the exhibits in a run folder.
// A check without an exhibit has none; of several rounds the first counts.
func Latencies(r reports.Result, folder fs.FS) (map[compare.Key][]reports.Latency, error) {
	all := map[compare.Key][]reports.Latency{}
	for _, c := range r.Checks {
		key := compare.KeyOf(c)
		if c.Control || all[key] != nil {
			continue
		}
		shown, err := reports.ExhibitIn(folder, c)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case shown != nil:
			all[key] = shown.Latencies
		}
	}
	return all, nil
}
