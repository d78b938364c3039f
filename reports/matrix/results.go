package matrix

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/throughline/throughline/reports"
)

// resultFile is the result in a run folder.
const resultFile = "result.json"

// Stored is a result with its place.
type Stored struct {
	// Path is below the folder that was read, with forward slashes.
	Path string
	reports.Result
}

// Results reads every result.json in the folder and the folders below it, in order of path. Name
// stands for the folder in errors. A run that is there twice counts once. Unread has an error for each
// result that cannot be read; err is for the folder itself.
func Results(folder fs.FS, name string) (results []Stored, unread []error, err error) {
	known := map[string]bool{}
	err = fs.WalkDir(folder, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path.Base(file) != resultFile || !entry.Type().IsRegular() {
			return nil
		}
		result, err := read(folder, file, path.Join(name, file))
		if err != nil {
			unread = append(unread, err)
			return nil
		}
		id := fmt.Sprint(SubjectOf(result), result.Run, result.Started, result.Seed)
		if !known[id] {
			known[id] = true
			results = append(results, Stored{file, result})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read results in %s: %w", name, err)
	}
	return results, unread, nil
}

func read(folder fs.FS, file, name string) (reports.Result, error) {
	opened, err := folder.Open(file)
	if err != nil {
		return reports.Result{}, err
	}
	result, err := reports.Decode(opened, name)
	return result, errors.Join(err, opened.Close())
}
