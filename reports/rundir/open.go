package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/throughline/throughline/reports"
)

// Kept is what a run left. The caller closes it.
type Kept struct {
	Result reports.Result
	// Folder is the run folder, which no path and no link leads out of; Path is where it is.
	Folder fs.FS
	Path   string

	root *os.Root
}

// Open reads what a run left; path is its folder, or the result.json in it.
func Open(path string) (*Kept, error) {
	folder, name := path, ResultFile
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such run; give the folder of a run or its %s, or run first: throughline run", path, ResultFile)
	case err != nil:
		return nil, fmt.Errorf("open run: %w", err)
	case !info.IsDir():
		folder, name = filepath.Dir(path), filepath.Base(path)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("open run folder: %w", err)
	}
	result, err := readResult(root, folder, name)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Kept{Result: result, Folder: root.FS(), Path: folder, root: root}, nil
}

func readResult(root *os.Root, folder, name string) (reports.Result, error) {
	shown := filepath.Join(folder, name)
	file, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return reports.Result{}, fmt.Errorf("%s: no %s is in it, so that it is no run folder; give the folder of a run", folder, name)
	}
	if err != nil {
		return reports.Result{}, fmt.Errorf("open result %s: %w", shown, err)
	}
	result, err := reports.Decode(file, shown)
	return result, errors.Join(err, file.Close())
}

// Close ends the use of the folder.
func (k *Kept) Close() error { return k.root.Close() }

// WriteFile writes a file that a reader never meets half of, wherever it is.
func WriteFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}
