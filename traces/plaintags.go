package traces

import (
	"strings"
	"unicode/utf8"
)

// plainTags reads a list of pairs of strings without escapes, as nearly all are, and says
// whether it is one. Evidence is mostly tags: this spares each of them the way through
// reflection, and memory of its own.
func plainTags(text string) ([]Tag, bool) {
	if strings.ContainsRune(text, '\\') || !utf8.ValidString(text) {
		return nil, false
	}
	r := tagReader{rest: text}
	tags := make([]Tag, 0, strings.Count(text, "["))
	r.expect('[')
	for more := !r.next(']'); more && !r.failed; more = r.next(',') {
		r.expect('[')
		key := r.text()
		r.expect(',')
		value := r.text()
		r.expect(']')
		tags = append(tags, Tag{key, value})
	}
	if len(tags) > 0 {
		r.expect(']')
	}
	r.space()
	return tags, !r.failed && r.rest == ""
}

// tagReader reads JSON of a simple shape; failed says that it met another one.
type tagReader struct {
	rest   string
	failed bool
}

func (r *tagReader) space() {
	if r.rest != "" && r.rest[0] <= ' ' {
		r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	}
}

// next passes over c where it comes next.
func (r *tagReader) next(c byte) bool {
	r.space()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *tagReader) expect(c byte) {
	if !r.next(c) {
		r.failed = true
	}
}

// text is the string that comes next.
func (r *tagReader) text() string {
	r.expect('"')
	text, rest, found := strings.Cut(r.rest, `"`)
	if !found {
		r.failed = true
	}
	r.rest = rest
	return text
}
