package command

import (
	"fmt"
	"os/exec"
)

// MissingError is a program that is needed and not found.
type MissingError struct {
	// Program is what was looked for; Package is the Debian package that has it.
	Program, Package string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s is not installed; get it with `apt-get install %s`", e.Program, e.Package)
}

// Require returns a *MissingError if a program is not on the path. The Debian package
// that has it is named in the error.
func Require(program, debianPackage string) error {
	if _, err := exec.LookPath(program); err != nil {
		return &MissingError{Program: program, Package: debianPackage}
	}
	return nil
}
