package traces

import (
	"encoding/json"
	"fmt"
)

// Tag is one attribute of a span, its value in text form.
type Tag struct{ Key, Value string }

// Tags are the attributes of a span in the order in which the backend gave them. A
// key that was stored twice is there twice.
type Tags []Tag

// Get is the first value of key, or "".
func (t Tags) Get(key string) string {
	value, _ := t.Lookup(key)
	return value
}

// Lookup is the first value of key, and whether there is one.
func (t Tags) Lookup(key string) (string, bool) {
	for i := range t {
		if t[i].Key == key {
			return t[i].Value, true
		}
	}
	return "", false
}

// With is a copy of the tags in which key has value, and nothing else.
func (t Tags) With(key, value string) Tags {
	out := make(Tags, 0, len(t)+1)
	for _, tag := range t {
		if tag.Key != key {
			out = append(out, tag)
		}
	}
	return append(out, Tag{key, value})
}

// MarshalJSON writes a list of pairs, [["key","value"]], which keeps order and repetition.
func (t Tags) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, len(t))
	for i, tag := range t {
		pairs[i] = [2]string{tag.Key, tag.Value}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Tags) UnmarshalJSON(data []byte) error {
	var pairs [][]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		return fmt.Errorf("tags: want a list of pairs: %w", err)
	}
	tags := make(Tags, 0, len(pairs))
	for i, pair := range pairs {
		if len(pair) != 2 {
			return fmt.Errorf("tags[%d]: %d values; want a key and a value", i, len(pair))
		}
		tags = append(tags, Tag{pair[0], pair[1]})
	}
	*t = tags
	return nil
}
