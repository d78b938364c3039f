package traces_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
)

// lines is a source of tags that are not stored as such.
type lines []string

func (l lines) Len() int           { return len(l) }
func (l lines) Key(i int) string   { return l[i][:1] }
func (l lines) Value(i int) string { return l[i][1:] }

func tag(key, value string) traces.Tag { return traces.Tag{Key: key, Value: value} }

func TestTagsAreTheSameWhereverTheyAreStored(t *testing.T) {
	own := traces.TagsOf(tag("b", "1"), tag("a", ""), tag("b", "2"))
	for name, tags := range map[string]traces.Tags{
		"pairs": own, "a source": traces.TagsFrom(lines{"b1", "a", "b2"}), "JSON": throughJSON(t, own),
	} {
		t.Run(name, func(t *testing.T) {
			if got := slices.Collect(tags.All()); tags.Len() != 3 || !slices.Equal(got, []traces.Tag{tag("b", "1"), tag("a", ""), tag("b", "2")}) {
				t.Errorf("all %d are %v", tags.Len(), got)
			}
			if value, found := tags.Lookup("a"); value != "" || !found {
				t.Errorf("a is %q, found: %t", value, found)
			}
			if value, found := tags.Lookup("c"); value != "" || found {
				t.Errorf("c is %q, found: %t", value, found)
			}
			for _, c := range []struct{ what, got, want string }{
				{"the first b", tags.Get("b"), "1"},
				{"with another b", tags.With("b", "3").String(), "a=, b=3"},
				{"with c", tags.With("c", "3").String(), "b=1, a=, b=2, c=3"},
				{"appended", tags.Append(tag("b", "3"), tag("d", "4")).String(), "b=1, a=, b=2, b=3, d=4"},
				{"itself after all that", tags.String(), "b=1, a=, b=2"},
			} {
				if c.got != c.want {
					t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
				}
			}
			for _, other := range []traces.Tags{{}, tags.With("b", "1"), tags.With("c", ""), traces.TagsOf(tag("a", ""), tag("b", "1"), tag("b", "2"))} {
				if tags.Equal(other) || other.Equal(tags) {
					t.Errorf("%s equals %s", tags, other)
				}
			}
			if !tags.Equal(own) || !own.Equal(tags) {
				t.Errorf("%s does not equal %s", tags, own)
			}
		})
	}
}

func throughJSON(t *testing.T, tags traces.Tags) traces.Tags {
	t.Helper()
	data, err := json.Marshal(tags)
	if err != nil || string(data) != `[["b","1"],["a",""],["b","2"]]` {
		t.Fatalf("%s, error %v", data, err)
	}
	var read traces.Tags
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestTagsAreReadAsAnyListOfPairs(t *testing.T) {
	for _, text := range []string{
		`[]`, ` [ ] `, `null`, `[["a","1"]]`, "[ [\"a\" ,\t\"1\"]\n, [\"b\",\"\"] ]", `[["",""],["",""]]`, `[["a[b]","c,[\"]]`,
		`[["a\"b","\u00e9\n"]]`, `[["é","\u202e 日本"]]`, `[["a]","],["],["[[","]]"]]`, "[[\"a\",\"\xff\"]]",
		`[["a"]]`, `[["a","b","c"]]`, `[[]]`, `[["a",1]]`, `{"a":"b"}`, `"a"`, `[["a",null]]`, `[null]`,
	} {
		var pairs [][]string
		var want []traces.Tag
		wrong := json.Unmarshal([]byte(text), &pairs) != nil
		for _, p := range pairs {
			if wrong = wrong || len(p) != 2; !wrong {
				want = append(want, tag(p[0], p[1]))
			}
		}
		var got traces.Tags
		err := json.Unmarshal([]byte(text), &got)
		if (err != nil) != wrong {
			t.Errorf("%s: error is %v, want one: %t", text, err, wrong)
		}
		if all := slices.Collect(got.All()); !wrong && !slices.Equal(all, want) {
			t.Errorf("%s: got %q, want %q", text, all, want)
		}
	}
}

func TestNoTagsAreAnEmptyList(t *testing.T) {
	data, err := json.Marshal(traces.Tags{})
	if err != nil || string(data) != "[]" {
		t.Errorf("%s, error %v", data, err)
	}
	if none := traces.TagsOf(); none.Len() != 0 || none.Get("") != "" || !none.Equal(traces.Tags{}) {
		t.Errorf("%d tags: %s", none.Len(), none)
	}
}

func TestWhoGaveTheTagsMayChangeTheirs(t *testing.T) {
	given := []traces.Tag{tag("a", "1")}
	tags := traces.TagsOf(given...)
	given[0].Value = "2"
	if diff := cmp.Diff(traces.TagsOf(tag("a", "1")), tags); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheCalleeFollowsWhateverChangesInASpanThatWasRead(t *testing.T) {
	toward := func(service string) traces.Tags {
		return traces.TagsOf(tag("span.kind", "client"), tag("upstream_cluster", "outbound|80||"+service+".shop"))
	}
	s := traces.Span{Name: "price.shop.svc.cluster.local:80/*", Tags: toward("cart")}
	expect := func(want string) {
		t.Helper()
		if got := s.Callee(); got != want {
			t.Errorf("the callee is %q, want %q", got, want)
		}
	}
	s.ReadTags()
	expect("cart")
	s.Tags = s.Tags.With("upstream_cluster", "outbound|80||stock.shop")
	expect("stock")
	s.Tags = s.Tags.Append(tag("upstream_cluster.name", "outbound|80||bank.shop"))
	expect("bank")
	s.ReadTags()
	expect("bank")
	s.Kind = traces.Server
	expect("")
	s.Kind, s.Tags = traces.Client, traces.Tags{}
	expect("price")
	s.Name = "web.shop.svc.cluster.local:80/*"
	expect("web")
	s.Tags = toward("cart")
	expect("cart")
}
