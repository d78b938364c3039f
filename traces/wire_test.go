package traces_test

import (
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
)

const (
	hexTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	hexSpan  = "00f067aa0ba902b7"
)

func TestTheDecisionIsReadFromWhatTheHeadersSay(t *testing.T) {
	parent := func(flags string) string { return "00-" + hexTrace + "-" + hexSpan + "-" + flags }
	for name, c := range map[string]struct {
		headers map[string]string
		trace   string
		sampled string
	}{
		"sampled, W3C":                {map[string]string{"traceparent": parent("01")}, hexTrace, "yes"},
		"refused, W3C":                {map[string]string{"traceparent": parent("00")}, hexTrace, "no"},
		"other flags, W3C":            {map[string]string{"traceparent": parent("02")}, hexTrace, "no"},
		"a future version":            {map[string]string{"traceparent": "cc-" + parent("01")[3:] + "-more"}, hexTrace, "yes"},
		"trailing data in version 00": {map[string]string{"traceparent": parent("01") + "-more"}, "", ""},
		"version ff":                  {map[string]string{"traceparent": "ff" + parent("01")[2:]}, "", ""},
		"upper case":                  {map[string]string{"traceparent": strings.ToUpper(parent("01"))}, "", ""},
		"a trace id of zeros":         {map[string]string{"traceparent": "00-" + strings.Repeat("0", 32) + "-" + hexSpan + "-01"}, "", ""},
		"a span id of zeros":          {map[string]string{"traceparent": "00-" + hexTrace + "-" + strings.Repeat("0", 16) + "-01"}, "", ""},
		"two headers in one":          {map[string]string{"traceparent": parent("01") + ", " + parent("01")}, "", ""},
		"sampled, B3":                 {map[string]string{"x-b3-traceid": hexTrace, "x-b3-spanid": hexSpan, "x-b3-sampled": "1"}, hexTrace, "yes"},
		"refused, B3":                 {map[string]string{"x-b3-traceid": hexTrace, "x-b3-spanid": hexSpan, "x-b3-sampled": "0"}, hexTrace, "no"},
		"undecided, B3":               {map[string]string{"x-b3-traceid": hexTrace, "x-b3-spanid": hexSpan}, hexTrace, "open"},
		"debug, B3":                   {map[string]string{"x-b3-traceid": hexTrace, "x-b3-flags": "1"}, hexTrace, "yes"},
		"debug, B3, refused after":    {map[string]string{"x-b3-traceid": hexTrace, "x-b3-sampled": "0", "x-b3-flags": "1"}, hexTrace, "no"},
		"64 bits, B3":                 {map[string]string{"x-b3-traceid": hexSpan, "x-b3-sampled": "1"}, "0000000000000000" + hexSpan, "yes"},
		"sampled, one B3 header":      {map[string]string{"b3": hexTrace + "-" + hexSpan + "-1"}, hexTrace, "yes"},
		"debug, one B3 header":        {map[string]string{"b3": hexTrace + "-" + hexSpan + "-d-" + hexSpan}, hexTrace, "yes"},
		"undecided, one B3 header":    {map[string]string{"b3": hexTrace + "-" + hexSpan}, hexTrace, "open"},
		"refused without an id":       {map[string]string{"b3": "0"}, "", ""},
		"W3C before B3":               {map[string]string{"traceparent": parent("00"), "b3": hexTrace + "-" + hexSpan + "-1"}, hexTrace, "no"},
		"nothing":                     {nil, "", ""},
		"rubbish":                     {map[string]string{"traceparent": "\x00\xff", "b3": "----", "x-b3-traceid": "xyz"}, "", ""},
	} {
		id, sampled, ok := traces.DecisionOf(c.headers)
		got := ""
		switch {
		case ok && sampled == nil:
			got = "open"
		case ok && *sampled:
			got = "yes"
		case ok:
			got = "no"
		}
		if got != c.sampled || (ok && id.String() != c.trace) {
			t.Errorf("%s: decision %q of trace %s, want %q of %s", name, got, id, c.sampled, c.trace)
		}
	}
}

func TestTheCalleeIsWhatTheSpanSays(t *testing.T) {
	for name, c := range map[string]struct {
		span traces.Span
		want string
	}{
		"the cluster":         {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster.name", Value: "outbound|8080||cart.shop.svc.cluster.local"})}, "cart"},
		"a subset":            {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster", Value: "outbound|8080|v1|cart.shop.svc.cluster.local"})}, "cart"},
		"another form":        {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster", Value: "outbound_.8080_._.cart.shop.svc.cluster.local"})}, "cart"},
		"the name":            {traces.Span{Name: "cart.shop.svc.cluster.local:8080/*"}, "cart"},
		"the URL":             {traces.Span{Name: "egress", Tags: traces.TagsOf(traces.Tag{Key: "http.url", Value: "http://cart.shop:8080/buy?x=http://y"})}, "cart"},
		"the twin":            {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "http.url", Value: "http://cart-bare.shop:8080/"})}, "cart"},
		"the cluster first":   {traces.Span{Name: "price.shop.svc.cluster.local:80/*", Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster", Value: "outbound|80||cart.shop.svc"})}, "cart"},
		"a pass-through":      {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster", Value: "PassthroughCluster"}, traces.Tag{Key: "http.url", Value: "http://cart/"})}, "cart"},
		"an address":          {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "http.url", Value: "http://10.0.0.1:8080/"})}, ""},
		"nothing":             {traces.Span{}, ""},
		"the inbound cluster": {traces.Span{Tags: traces.TagsOf(traces.Tag{Key: "upstream_cluster", Value: "inbound|8080||"})}, ""},
	} {
		c.span.Kind = traces.Client
		if got := c.span.Callee(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		c.span.Kind = traces.Server
		if got := c.span.Callee(); got != "" {
			t.Errorf("%s: a SERVER span called %q", name, got)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add("00-"+hexTrace+"-"+hexSpan+"-01", hexTrace+"-"+hexSpan+"-1", hexTrace)
	f.Add("", "0", "")
	f.Fuzz(func(t *testing.T, parent, single, multi string) {
		id, _, ok := traces.DecisionOf(map[string]string{"traceparent": parent, "b3": single, "x-b3-traceid": multi})
		if ok && id == (traces.TraceID{}) {
			t.Error("a context of the trace id zero is valid")
		}
	})
}
