package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Where is where the setting comes from.
	Where Place
	// Key is the field; it is empty where a whole file is meant.
	Key string
	// Text says what is wrong and what to do.
	Text string
}

// Place is where a setting comes from: a line of a file, a flag, or a variable of the
// environment. The zero value is the default.
type Place struct {
	// Name is the file, the flag with its dashes, or the variable.
	Name string
	// Line is 0 but in a file.
	Line int
	// Key is the one field that a flag or a variable sets; it is empty for a file.
	Key string
}

func (p Place) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d", p.Name, p.Line)
	}
	return p.Name
}

func (p Problem) String() string {
	parts := make([]string, 0, 3)
	if where := p.Where.String(); where != "" {
		parts = append(parts, where)
	}
	if p.Key != "" && p.Key != p.Where.Key {
		parts = append(parts, p.Key)
	}
	return strings.Join(append(parts, p.Text), ": ")
}

// Problems is everything that is wrong with a configuration, one a line: those of the
// file first, in order of line.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, 0, len(p))
	for _, problem := range p {
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}
