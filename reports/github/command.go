package github

import (
	"fmt"
	"io"
	"strings"

	"github.com/throughline/throughline/reports"
)

const (
	// shown is how many annotations of one level a step may have; GitHub drops what is more.
	shown = 10
	// longest is how long a message may be, in bytes.
	longest = 4 << 10
)

// command is one workflow command.
type command struct {
	level, file, line, title, message string
}

// String is the command as a runner reads it, with its line feed.
func (c command) String() string {
	var properties []string
	for _, p := range []struct{ name, value string }{{"file", c.file}, {"line", c.line}, {"title", c.title}} {
		if p.value != "" {
			properties = append(properties, p.name+"="+property(p.value))
		}
	}
	return "::" + c.level + " " + strings.Join(properties, ",") + "::" + data(c.message) + "\n"
}

// data escapes the message of a command.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes the value of a property.
func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// Annotations writes an error for each check and control that failed, a warning for each that is
// inconclusive, and an error where the run as a whole says nothing. Of more than ten of a level
// the last one names the others, since GitHub shows no more.
func Annotations(w io.Writer, result reports.Result) error {
	result = result.Sound()
	var errors, warnings []command
	if trouble := result.Trouble(); trouble != "" {
		errors = append(errors, command{level: "error", title: "Throughline: the run says nothing", message: cut(reports.Safe(trouble))})
	}
	for _, c := range result.Ordered() {
		switch c.Verdict {
		case reports.Failed:
			errors = append(errors, annotation("error", c))
		case reports.Inconclusive:
			warnings = append(warnings, annotation("warning", c))
		case reports.Passed, reports.Skipped:
		}
	}
	var b strings.Builder
	for _, all := range [][]command{errors, warnings} {
		for _, c := range few(all) {
			b.WriteString(c.String())
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write annotations: %w", err)
	}
	return nil
}

func annotation(level string, c reports.Check) command {
	file, line := c.Place()
	_, details, _ := strings.Cut(c.Failure(""), "\n")
	return command{level: level, file: file, line: line, title: c.Label(), message: cut(strings.TrimSpace(details))}
}

// cut is a message that is not too long.
func cut(text string) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "\n(cut; result.json has all of it)"
}

// few are as many annotations as are shown.
func few(all []command) []command {
	if len(all) <= shown {
		return all
	}
	var names []string
	for _, c := range all[shown-1:] {
		names = append(names, c.title)
	}
	last := command{
		level: all[0].level, title: fmt.Sprintf("Throughline: %d more", len(names)), message: cut(strings.Join(names, "\n")),
	}
	return append(all[:shown-1:shown-1], last)
}

// Stop writes what write writes, and tells the runner to obey nothing of it. Token must be one
// that nobody can guess: it ends the stop.
func Stop(w io.Writer, token string, write func(io.Writer) error) error {
	if _, err := fmt.Fprintf(w, "::stop-commands::%s\n", token); err != nil {
		return fmt.Errorf("stop workflow commands: %w", err)
	}
	err := write(w)
	if _, endErr := fmt.Fprintf(w, "\n::%s::\n", token); endErr != nil && err == nil {
		err = fmt.Errorf("let workflow commands go on: %w", endErr)
	}
	return err
}
