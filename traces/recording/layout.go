package recording

import (
	"bytes"
	"encoding/json"
	"strings"
)

// width is how long a value may be that stands on one line, in bytes.
const width = 120

// layOut breaks compact JSON into lines: what fits one line stands on one, so that a
// change of a tag or a header is a change of a line. Fields of ours that are null or
// empty are left out; in a map, whose keys begin in lower case, everything stays.
func layOut(compact []byte) []byte {
	var out bytes.Buffer
	lay(&out, compact, 0)
	out.WriteByte('\n')
	return out.Bytes()
}

func lay(out *bytes.Buffer, value []byte, depth int) {
	value = withoutEmpty(value)
	if len(value) <= width || (value[0] != '{' && value[0] != '[') {
		out.Write(value)
		return
	}
	out.WriteByte(value[0])
	for i, member := range members(value) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n" + strings.Repeat(" ", depth+1))
		if key := keyOf(value, member); key != nil {
			out.Write(key)
			out.WriteByte(' ')
			member = member[len(key):]
		}
		lay(out, member, depth+1)
	}
	out.WriteString("\n" + strings.Repeat(" ", depth))
	out.WriteByte(value[len(value)-1])
}

// withoutEmpty is a compact value without the fields that have nothing to say.
func withoutEmpty(value []byte) []byte {
	if value[0] != '{' && value[0] != '[' {
		return value
	}
	var out bytes.Buffer
	out.WriteByte(value[0])
	for _, member := range members(value) {
		key := keyOf(value, member)
		rest := withoutEmpty(member[len(key):])
		if field := key != nil && key[1] >= 'A' && key[1] <= 'Z'; field && empty(rest) {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(key)
		out.Write(rest)
	}
	out.WriteByte(value[len(value)-1])
	return out.Bytes()
}

func empty(value []byte) bool {
	switch string(value) {
	case "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// members are the elements of a compact array, or the fields of a compact object.
func members(value []byte) [][]byte {
	var all [][]byte
	depth, quoted, from := 0, false, 1
	for i := 1; i < len(value)-1; i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			all = append(all, value[from:i])
			from = i + 1
		}
	}
	if from < len(value)-1 {
		all = append(all, value[from:len(value)-1])
	}
	return all
}

// keyOf is the key of an object's field with its colon, nil for an element of an array.
func keyOf(value, member []byte) []byte {
	if value[0] != '{' {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(member))
	if _, err := decoder.Token(); err != nil {
		return nil
	}
	return member[:decoder.InputOffset()+1]
}
