package traces_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func tagEvidence() traces.Evidence {
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
	return tracesim.Send(chain(), mesh, tracesim.Options{Requests: 3, Seed: 5, Headers: map[string]string{"authorization": "Bearer secret-one"}})
}

func tagSet(name string, want traces.TagWant) traces.TagSet {
	return traces.TagSet{Open: true, Tags: map[string]traces.TagWant{name: want}}
}

// named lists findings as kind and service.
func namedFindings(found []traces.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, string(f.Kind)+" "+f.Service)
	}
	return all
}

func TestTagsAreHeldAgainstWhatTheHopsSaw(t *testing.T) {
	for name, set := range map[string]traces.TagSet{
		"a fixed value":    tagSet("component", traces.TagIs("proxy")),
		"one of some":      tagSet("span.kind", traces.TagOneOf("client", "server")),
		"a form":           tagSet("otel.scope.version", traces.TagMatches("a version", `[0-9a-f]+/1\.40\.0/.*`)),
		"an address":       tagSet("peer.address", traces.TagIsIP()),
		"a header":         tagSet("guid:x-request-id", traces.TagReceived("x-request-id")),
		"the URL":          tagSet("http.url", traces.TagURL()),
		"the method":       tagSet("http.method", traces.TagMethod()),
		"the protocol":     tagSet("http.protocol", traces.TagProtocol()),
		"the sizes":        tagSet("request_size", traces.TagRequestSize()).With(map[string]traces.TagWant{"response_size": traces.TagResponseSize()}),
		"the cluster":      tagSet("upstream_cluster", traces.TagCluster("")),
		"its other name":   tagSet("upstream_cluster.name", traces.TagCluster(";")),
		"the node":         tagSet("node_id", traces.TagNode()),
		"the own address":  {Kind: traces.Client, Open: true, Tags: map[string]traces.TagWant{"peer.address": traces.TagOwnIP()}},
		"the caller's":     {Kind: traces.Server, Open: true, Tags: map[string]traces.TagWant{"peer.address": traces.TagCallerIP()}},
		"any value at all": tagSet("zone", traces.TagWant{}),
		"a name":           {Service: "cart", Kind: traces.Server, Open: true, Name: traces.TagIs("cart.shop.svc.cluster.local:8080/*")},
	} {
		t.Run(name, func(t *testing.T) {
			if found := traces.JudgeTags(tagEvidence(), set); len(found) > 0 {
				t.Errorf("findings:\n%s", found[0].Text())
			}
		})
	}
}

func TestATagThatIsNotAsItMustBeIsNamedWithItsSpan(t *testing.T) {
	cart := func(change func(traces.Tags) traces.Tags) func(*traces.Evidence) {
		return func(ev *traces.Evidence) {
			for i := range ev.Traces {
				for j := range ev.Traces[i].Spans {
					if s := &ev.Traces[i].Spans[j]; s.Service == "cart" && s.Kind == traces.Server {
						s.Tags = change(s.Tags)
					}
				}
			}
		}
	}
	everything := func(ev *traces.Evidence) traces.TagSet {
		set := traces.TagSet{Service: "cart", Kind: traces.Server, Tags: map[string]traces.TagWant{}}
		for _, s := range ev.Traces[0].Spans {
			if s.Service == "cart" && s.Kind == traces.Server {
				for tag := range s.Tags.All() {
					set.Tags[tag.Key] = traces.TagWant{}
				}
			}
		}
		set.Tags["component"], set.Tags["guid:x-request-id"] = traces.TagIs("proxy"), traces.TagReceived("x-request-id")
		return set
	}
	for name, c := range map[string]struct {
		mutate func(*traces.Evidence)
		want   []string
		says   []string
	}{
		"as it must be": {func(*traces.Evidence) {}, nil, nil},
		"another value": {
			cart(func(tags traces.Tags) traces.Tags { return tags.With("component", "gateway") }),
			[]string{"wrong-tag cart"},
			[]string{"cart SERVER has component with gateway", "component with proxy", "(3 requests)"},
		},
		"another request's": {
			cart(func(tags traces.Tags) traces.Tags { return tags.With("guid:x-request-id", "one") }),
			[]string{"wrong-tag cart"},
			[]string{"with one", "the x-request-id that the called application received"},
		},
		"nobody can say": {
			func(ev *traces.Evidence) {
				ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "cart" })
			},
			[]string{"wrong-tag cart"},
			[]string{"which nobody recorded"},
		},
		"two others too": {
			cart(func(tags traces.Tags) traces.Tags {
				return tags.Append(traces.Tag{Key: "a", Value: ""}, traces.Tag{Key: "b", Value: "2"}, traces.Tag{Key: "c", Value: "3"})
			}),
			[]string{"unexpected-tag cart"},
			[]string{"has the tag a with nothing; so it is with 2 other tags: b, c", "no tag of that name"},
		},
		"one twice": {
			cart(func(tags traces.Tags) traces.Tags { return tags.Append(traces.Tag{Key: "component", Value: "proxy"}) }),
			[]string{"unexpected-tag cart"},
			[]string{"has the tag component more than once"},
		},
		"none of Istio's": {
			cart(func(tags traces.Tags) traces.Tags {
				var left []traces.Tag
				for tag := range tags.All() {
					if !strings.HasPrefix(tag.Key, "istio.") {
						left = append(left, tag)
					}
				}
				return traces.TagsOf(left...)
			}),
			[]string{"missing-tag cart"},
			[]string{"has no tag istio.canonical_revision; so it is with 4 other tags", "enableIstioTags is false"},
		},
		"a value that no terminal likes": {
			cart(func(tags traces.Tags) traces.Tags { return tags.With("component", "\x1b[2J") }),
			[]string{"wrong-tag cart"},
			[]string{`\u001b[2J`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ev := tagEvidence()
			set := everything(&ev)
			c.mutate(&ev)
			found := traces.JudgeTags(ev, set)
			if got := namedFindings(found); !slices.Equal(got, c.want) {
				t.Fatalf("findings %q, want %q", got, c.want)
			}
			for _, part := range c.says {
				text := strings.Join(strings.Fields(found[0].Text()), " ")
				if !strings.Contains(text, part) {
					t.Errorf("does not say %q:\n%s", part, found[0].Text())
				}
			}
		})
	}
}

func TestAnOperationOfAnotherNameIsFound(t *testing.T) {
	found := traces.JudgeTags(tagEvidence(), traces.TagSet{Open: true, Service: "stock", Name: traces.TagIs("GET /shelves")})
	if got := namedFindings(found); !slices.Equal(got, []string{"wrong-name stock"}) {
		t.Fatalf("findings %q", got)
	}
	if text := found[0].Text(); !strings.Contains(text, "GET /shelves") || !strings.Contains(text, "stock.shop.svc.cluster.local:8080/*") {
		t.Errorf("does not name both:\n%s", text)
	}
}

func TestASetWithMoreOrLessLeavesTheOriginalAsItWas(t *testing.T) {
	original := tagSet("a", traces.TagIs("1"))
	more := original.With(map[string]traces.TagWant{"b": traces.TagIs("2")})
	less := more.Without("a")
	if len(original.Tags) != 1 || len(more.Tags) != 2 || len(less.Tags) != 1 {
		t.Errorf("%d, %d and %d tags, want 1, 2 and 1", len(original.Tags), len(more.Tags), len(less.Tags))
	}
}

func TestASecretIsFoundWhereverASpanHoldsIt(t *testing.T) {
	secret := traces.Secret{Header: "authorization", Value: "secret-one"}
	for name, c := range map[string]struct {
		mutate func(*traces.Span)
		secret traces.Secret
		want   []string
		says   string
	}{
		"nowhere":                     {func(*traces.Span) {}, secret, nil, ""},
		"in a value":                  {func(s *traces.Span) { s.Tags = s.Tags.With("user", "Bearer secret-one!") }, secret, []string{"leaked-value cart"}, "the tag user"},
		"in a key":                    {func(s *traces.Span) { s.Tags = s.Tags.With("secret-one", "") }, secret, []string{"leaked-value cart"}, "the tag secret-one"},
		"in a name":                   {func(s *traces.Span) { s.Name = "for secret-one" }, secret, []string{"leaked-value cart"}, "its operation name"},
		"in a service":                {func(s *traces.Span) { s.Namespace = "secret-one" }, secret, []string{"leaked-value cart"}, "its service name"},
		"where it may be":             {func(s *traces.Span) { s.Tags = s.Tags.With("user", "secret-one") }, traces.Secret{Value: "secret-one", In: []string{"user"}}, nil, ""},
		"of a query":                  {func(s *traces.Span) { s.Tags = s.Tags.With("path", "/?secret-one") }, traces.Secret{Value: "secret-one"}, []string{"leaked-value cart"}, "in its query"},
		"in a header that nobody got": {func(*traces.Span) {}, traces.Secret{Header: "cookie", Value: "secret-two"}, []string{"wrong-header client"}, "no application received `cookie`"},
	} {
		t.Run(name, func(t *testing.T) {
			ev := tagEvidence()
			for i := range ev.Traces {
				for j := range ev.Traces[i].Spans {
					if s := &ev.Traces[i].Spans[j]; s.Service == "cart" && s.Kind == traces.Server {
						c.mutate(s)
					}
				}
			}
			found := traces.JudgeLeaks(ev, c.secret)
			if got := namedFindings(found); !slices.Equal(got, c.want) {
				t.Fatalf("findings %q, want %q", got, c.want)
			}
			if len(found) > 0 && !strings.Contains(found[0].Observed, c.says) {
				t.Errorf("does not say %q: %s", c.says, found[0].Observed)
			}
		})
	}
}

func TestASecretIsFoundInATraceOfNobodysToo(t *testing.T) {
	ev := tagEvidence()
	ev.Hops, ev.Requests = nil, nil
	ev.Traces[0].Spans[0].Tags = ev.Traces[0].Spans[0].Tags.With("user", "secret-one")
	if got := namedFindings(traces.JudgeLeaks(ev, traces.Secret{Value: "secret-one"})); !slices.Equal(got, []string{"leaked-value client"}) {
		t.Errorf("findings %q", got)
	}
}

func TestAProxyThatNamesItsServiceOtherwiseIsFound(t *testing.T) {
	ev := tagEvidence()
	if found := traces.JudgeServiceName(ev, "cart", "cart.shop"); len(found) > 0 {
		t.Errorf("findings:\n%s", found[0].Text())
	}
	found := traces.JudgeServiceName(ev, "cart", "cart")
	if got := namedFindings(found); !slices.Equal(got, []string{"wrong-name cart"}) {
		t.Fatalf("findings %q", got)
	}
	if !strings.Contains(found[0].Observed, "calls its service cart.shop") || found[0].Count != 3 {
		t.Errorf("%d requests: %s", found[0].Count, found[0].Observed)
	}
}

func TestOnlyAnAddressIsTakenForOne(t *testing.T) {
	for value, want := range map[string]bool{
		"10.244.0.7": true, "fd00::7": true, "::ffff:10.0.0.7": true,
		"": false, "10.244.0": false, "10.244.0.256": false, "10.244.0.7:8080": false, "web.shop": false, "10.244.0.+7": false, "a:b:web": false,
	} {
		ev := tagEvidence()
		for i := range ev.Traces {
			for j := range ev.Traces[i].Spans {
				ev.Traces[i].Spans[j].Tags = ev.Traces[i].Spans[j].Tags.With("peer.address", value)
			}
		}
		if found := traces.JudgeTags(ev, tagSet("peer.address", traces.TagIsIP())); (len(found) == 0) != want {
			t.Errorf("%q is taken for an address: %t, want %t", value, len(found) == 0, want)
		}
	}
}
