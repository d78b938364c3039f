package page

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/throughline/throughline/reports"
)

// exhibitName is the file of an exhibit in the folder of a check's evidence.
const exhibitName = "exhibit.json"

// exhibitFile is the file of a check's exhibit.
func exhibitFile(c reports.Check) (reports.File, bool) {
	i := slices.IndexFunc(c.Evidence, func(f reports.File) bool { return path.Base(f.Path) == exhibitName })
	if i < 0 {
		return reports.File{}, false
	}
	return c.Evidence[i], true
}

// exhibitOf reads the exhibit of a check: nil without an error where none was kept. What is
// not to the byte what the run wrote is not shown.
func exhibitOf(folder fs.FS, c reports.Check) (*reports.Exhibit, error) {
	kept, found := exhibitFile(c)
	switch {
	case !found:
		return nil, nil //nolint:nilnil // No exhibit is no error.
	case folder == nil:
		return nil, fmt.Errorf("%s is not shown: the run folder is not here", kept.Path)
	case !fs.ValidPath(kept.Path):
		return nil, fmt.Errorf("%s is not shown: the path leaves the run folder", kept.Path)
	}
	opened, err := folder.Open(kept.Path)
	if err != nil {
		return nil, fmt.Errorf("the exhibit is missing: %w", err)
	}
	digest := sha256.New()
	exhibit, err := reports.DecodeExhibit(io.TeeReader(opened, digest), kept.Path)
	if err = errors.Join(err, opened.Close()); err != nil {
		return nil, fmt.Errorf("the exhibit cannot be read: %w", err)
	}
	if hex.EncodeToString(digest.Sum(nil)) != kept.SHA256 {
		return nil, fmt.Errorf("%s is not shown: it is not what the run wrote, its digest is another", kept.Path)
	}
	return &exhibit, nil
}
