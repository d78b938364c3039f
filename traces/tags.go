package traces

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Tag is one attribute of a span, its value in text form.
type Tag struct{ Key, Value string }

// Tags are the attributes of a span in the order in which the backend gave them. A
// key that was stored twice is there twice. Tags never change: whatever adds to them
// gives new ones. The zero value has none.
type Tags struct {
	stored TagSource
	// callee is what the clusters among them say of the callee, once ReadTags has
	// read it; "" where it has not, or they say nothing.
	callee string
}

// TagSource holds tags in whatever form they came. Most tags are never asked for, so
// that it is cheaper to convert a value when somebody wants it than all at once.
// Nothing may change what it gives, and it may be asked by several at a time.
type TagSource interface {
	Len() int
	// Key and Value are those of tag i, from 0.
	Key(i int) string
	Value(i int) string
}

// pairs are tags that are stored as such.
type pairs []Tag

func (p pairs) Len() int           { return len(p) }
func (p pairs) Key(i int) string   { return p[i].Key }
func (p pairs) Value(i int) string { return p[i].Value }

// TagsOf are the given tags. They are copied.
func TagsOf(tags ...Tag) Tags {
	if len(tags) == 0 {
		return Tags{}
	}
	return Tags{stored: pairs(slices.Clone(tags))}
}

// TagsFrom are the tags of a source, which is kept and not copied: it lives as long as
// the tags do.
func TagsFrom(source TagSource) Tags { return Tags{stored: source} }

// Len is how many tags there are, repeated ones included.
func (t Tags) Len() int {
	if t.stored == nil {
		return 0
	}
	return t.stored.Len()
}

// All is every tag, in order.
func (t Tags) All() iter.Seq[Tag] {
	return func(yield func(Tag) bool) {
		for i := range t.Len() {
			if !yield(Tag{t.stored.Key(i), t.stored.Value(i)}) {
				return
			}
		}
	}
}

// Get is the first value of key, or "".
func (t Tags) Get(key string) string {
	value, _ := t.Lookup(key)
	return value
}

// Lookup is the first value of key, and whether there is one.
func (t Tags) Lookup(key string) (string, bool) {
	for i := range t.Len() {
		if t.stored.Key(i) == key {
			return t.stored.Value(i), true
		}
	}
	return "", false
}

// With is the tags with key at the end, with value, and nowhere else.
func (t Tags) With(key, value string) Tags {
	others := slices.DeleteFunc(slices.Collect(t.All()), func(tag Tag) bool { return tag.Key == key })
	return Tags{stored: pairs(append(others, Tag{key, value}))}
}

// Append is the tags, and more after them.
func (t Tags) Append(more ...Tag) Tags {
	return TagsOf(append(slices.Collect(t.All()), more...)...)
}

// Equal says whether both have the same tags in the same order.
func (t Tags) Equal(other Tags) bool {
	return slices.Equal(slices.Collect(t.All()), slices.Collect(other.All()))
}

// String is a list for people: key=value, key=value.
func (t Tags) String() string {
	var list []string
	for tag := range t.All() {
		list = append(list, tag.Key+"="+tag.Value)
	}
	return strings.Join(list, ", ")
}

// MarshalJSON writes a list of pairs, [["key","value"]], which keeps order and repetition.
func (t Tags) MarshalJSON() ([]byte, error) {
	list := make([][2]string, 0, t.Len())
	for tag := range t.All() {
		list = append(list, [2]string{tag.Key, tag.Value})
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Tags) UnmarshalJSON(data []byte) error {
	if tags, plain := plainTags(string(data)); plain {
		*t = Tags{stored: pairs(tags)}
		return nil
	}
	var list [][]string
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("tags: want a list of pairs: %w", err)
	}
	tags := make([]Tag, 0, len(list))
	for i, pair := range list {
		if len(pair) != 2 {
			return fmt.Errorf("tags[%d]: %d values; want a key and a value", i, len(pair))
		}
		tags = append(tags, Tag{pair[0], pair[1]})
	}
	*t = TagsOf(tags...)
	return nil
}
