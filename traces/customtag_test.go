package traces_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
)

func TestATagOfAMeshHasExactlyOneSource(t *testing.T) {
	for name, c := range map[string]struct {
		tag   traces.CustomTag
		wrong string
	}{
		"team":          {traces.CustomTag{Literal: "tills"}, ""},
		"pod":           {traces.CustomTag{Environment: "POD_NAME", Default: "none"}, ""},
		"user":          {traces.CustomTag{Header: "x-user"}, ""},
		"path":          {traces.CustomTag{Formatter: "%PATH%"}, ""},
		"nothing":       {traces.CustomTag{}, `tag "nothing" has 0 sources`},
		"both":          {traces.CustomTag{Literal: "tills", Header: "x-user"}, `tag "both" has 2 sources`},
		"default":       {traces.CustomTag{Literal: "tills", Default: "none"}, "has a default that nothing leads to"},
		"istio.mesh_id": {traces.CustomTag{Literal: "mine"}, "a name of Istio's own"},
		"":              {traces.CustomTag{Literal: "tills"}, "a tag has no name"},
	} {
		t.Run(name, func(t *testing.T) {
			m := traces.Mesh{Telemetries: []traces.Telemetry{{
				Namespace: "shop", Rules: []traces.Rule{{Tags: map[string]traces.CustomTag{name: c.tag}}},
			}}}
			err := m.Validate()
			if c.wrong == "" && err != nil {
				t.Error(err)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || !strings.Contains(err.Error(), "telemetries[0].rules[0].tags")) {
				t.Errorf("got %v, want an error at telemetries[0].rules[0].tags with %q", err, c.wrong)
			}
		})
	}
}

func TestTheTagsOfALowerLevelTakeThePlaceOfAllAbove(t *testing.T) {
	off, on := false, true
	literal := func(name, value string) map[string]traces.CustomTag {
		return map[string]traces.CustomTag{name: {Literal: value}}
	}
	m := traces.Mesh{
		Rules: []traces.Rule{{Tags: literal("mesh", "1"), IstioTags: &off}, {Side: traces.Server, Tags: literal("served", "1")}},
		Telemetries: []traces.Telemetry{
			{Namespace: "ward", Rules: []traces.Rule{{Tags: literal("ward", "1")}}},
			{Namespace: "shop", Workload: "cart", Rules: []traces.Rule{{IstioTags: &on}}},
		},
	}
	for name, c := range map[string]struct {
		namespace, workload string
		side                traces.Kind
		istio               bool
		custom              map[string]traces.CustomTag
	}{
		"the mesh's":               {"shop", "web", traces.Client, false, literal("mesh", "1")},
		"one side's":               {"shop", "web", traces.Server, false, literal("served", "1")},
		"a namespace's":            {"ward", "audit", traces.Server, false, literal("ward", "1")},
		"a workload's, of the one": {"shop", "cart", traces.Client, true, literal("mesh", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.TagsAt(c.namespace, c.workload, c.side)
			if got.Istio != c.istio || !maps.Equal(got.Custom, c.custom) {
				t.Errorf("got %+v, want Istio's %t and %v", got, c.istio, c.custom)
			}
		})
	}
	if got := (traces.Mesh{}).TagsAt("shop", "web", traces.Client); !got.Istio || got.Custom != nil {
		t.Errorf("a mesh that says nothing adds %+v, want Istio's alone", got)
	}
}

func TestAMeshWithTagsIsToldFromOneWithout(t *testing.T) {
	off := false
	plain := traces.Mesh{Provider: traces.Zipkin}
	seen := map[string]string{plain.String(): "plain"}
	for name, r := range map[string]traces.Rule{
		"a literal":         {Tags: map[string]traces.CustomTag{"a": {Literal: "x"}}},
		"a header":          {Tags: map[string]traces.CustomTag{"a": {Header: "x"}}},
		"with a default":    {Tags: map[string]traces.CustomTag{"a": {Header: "x", Default: "y"}}},
		"a variable":        {Tags: map[string]traces.CustomTag{"a": {Environment: "x"}}},
		"a formatter":       {Tags: map[string]traces.CustomTag{"a": {Formatter: "x"}}},
		"no Istio tags":     {IstioTags: &off},
		"a draw of its own": {RequestIDSampling: &off},
	} {
		m := plain
		m.Rules = []traces.Rule{r}
		if other, twice := seen[m.String()]; twice {
			t.Errorf("%s reads like %s: %s", name, other, m)
		}
		seen[m.String()] = name
	}
}
