package reports

import (
	"strconv"
	"strings"
)

// Label names the check, or the control of it, with its title and its round, in one line. It is
// safe for a terminal.
func (c Check) Label() string { return SafeLine(c.label()) }

// Failure is what Summary says of a check that did not pass, heading and all. Dir is the run
// folder, for the paths in the text; it may be empty. It is safe for a terminal.
func (c Check) Failure(dir string) string { return c.heading() + "\n" + c.details(dir) }

// Trouble is why the run as a whole says nothing: it broke, never finished, or ran nothing. It
// is empty where only single checks say nothing.
func (r Result) Trouble() string { return r.trouble() }

// Ordered are the checks by name, a check before its controls.
func (r Result) Ordered() []Check { return byName(r.Checks) }

// Place is where the check stands in the source: the file and the line of Location. Both are empty
// where that is no place. They are safe for a terminal.
func (c Check) Place() (file, line string) {
	i := strings.LastIndex(c.Location, ":")
	if i <= 0 {
		return "", ""
	}
	if n, err := strconv.Atoi(c.Location[i+1:]); err != nil || n <= 0 {
		return "", ""
	}
	return SafeLine(c.Location[:i]), c.Location[i+1:]
}
