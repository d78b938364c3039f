package gate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

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
	text, err := readFile(folder, file, shown)
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

// readFile reads a file whose size it looks at first.
func readFile(folder fs.FS, file, shown string) ([]byte, error) {
	info, err := fs.Stat(folder, file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", shown, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: it is no regular file; give the result.json of a run folder", shown)
	case info.Size() > reports.MaxResult:
		return nil, fmt.Errorf("%s: %d MiB, larger than %d MiB; no run writes such a result", shown, info.Size()>>20, reports.MaxResult>>20)
	}
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	return text, nil
}

// Evidence is what became of the files that a result rests on.
type Evidence struct {
	// Intact are as the run wrote them, Missing are not beside the result.
	Intact  int `json:"intact"`
	Missing int `json:"missing"`
}

// Verify holds the files of evidence in a run folder against a result. What is not there is
// counted. The error names every file that is not what the run wrote, or whose path leaves the
// folder: then the result is unusable.
func Verify(r reports.Result, folder fs.FS) (Evidence, error) {
	var e Evidence
	var errs []error
	for _, c := range r.Checks {
		for _, f := range c.Evidence {
			switch err := f.Verify(folder); {
			case err == nil:
				e.Intact++
			case errors.Is(err, fs.ErrNotExist):
				e.Missing++
			default:
				errs = append(errs, err)
			}
		}
	}
	return e, errors.Join(errs...)
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
