package page

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/throughline/throughline/reports"
)

// exhibitOf reads the exhibit of a check: nil without an error where none was kept. What is
// not to the byte what the run wrote is not shown.
func exhibitOf(folder fs.FS, c reports.Check) (*reports.Exhibit, error) {
	if _, kept := c.Exhibit(); kept && folder == nil {
		return nil, errors.New("the exhibit is not shown: the run folder is not here")
	}
	shown, err := reports.ExhibitIn(folder, c)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the exhibit is missing: %w", err)
	case err != nil:
		return nil, fmt.Errorf("the exhibit is not shown: %w", err)
	}
	return shown, nil
}
