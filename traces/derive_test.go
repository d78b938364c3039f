package traces_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
)

// Each forest is written by hand: a derivation that nothing independent pins proves nothing.
func TestTheDerivedForestIsTheOneWrittenByHand(t *testing.T) {
	tcp := edited(diamond(), calls("web", traces.Step{{To: "cart"}}),
		calls("cart", traces.Step{{To: "price", Protocol: traces.TCP}}, traces.Step{{To: "stock"}}))
	ward := chain(func(s map[string]*traces.Service) { s["cart"].Namespace = "ward" })
	for _, c := range []struct {
		name     string
		topology traces.Topology
		provider traces.Provider
		bare     bool
		want     traces.Forest
	}{
		{name: "a chain that forwards", topology: chain(), want: wholeChain()},
		{name: "a diamond", topology: diamond(), want: wholeDiamond()},
		{
			name: "a client without a sidecar", topology: chain(), bare: true,
			want: traces.Forest{traces.Serves("web", traces.Calls("cart", traces.Calls("stock")))},
		},
		{
			name: "a middle that drops", topology: chain(drops("cart")),
			want: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
		},
		{
			name: "a middle without a sidecar that forwards", topology: chain(bare("cart")),
			want: traces.Forest{traces.Calls("web", traces.CallsThrough("cart", traces.Serves("stock")))},
		},
		{
			name: "a middle without a sidecar that drops", topology: chain(bare("cart"), drops("cart")),
			want: traces.Forest{traces.Calls("web", traces.CallsThrough("cart")), traces.Serves("stock").After("cart")},
		},
		{
			name: "a leaf without a sidecar", topology: chain(bare("stock")),
			want: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.CallsThrough("stock")))},
		},
		{
			name: "two without a sidecar in a row", topology: chain(bare("web"), bare("cart")),
			want: traces.Forest{traces.CallsThrough("web", traces.Serves("stock").After("cart"))},
		},
		{name: "no sidecar at all", topology: chain(bare("web"), bare("cart"), bare("stock")), bare: true, want: traces.Forest{}},
		{name: "a TCP hop", topology: tcp, want: wholeChain()},
		{
			name: "another namespace", topology: ward,
			want: traces.Forest{traces.Calls("web", traces.Calls("cart.ward", traces.Calls("stock")))},
		},
		{
			name: "traceparent alone, opentelemetry", topology: chain(cartForwardsOnly("traceparent")),
			want: wholeChain(),
		},
		{
			name: "traceparent alone, zipkin", topology: chain(cartForwardsOnly("traceparent")), provider: traces.Zipkin,
			want: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
		},
		{
			name: "x-b3-traceid without x-b3-spanid, zipkin", topology: chain(cartForwardsOnly("x-b3-traceid")), provider: traces.Zipkin,
			want: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
		},
		{
			name: "both ids, zipkin", topology: chain(cartForwardsOnly("x-b3-traceid", "x-b3-spanid")), provider: traces.Zipkin,
			want: wholeChain(),
		},
		{
			name: "x-request-id alone", topology: chain(cartForwardsOnly("x-request-id")),
			want: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			provider := c.provider
			if provider == "" {
				provider = traces.OpenTelemetry
			}
			got, err := traces.Derive(c.topology, everything(provider), traces.Request{Bare: c.bare})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want.String(), unstated(got).String()); diff != "" {
				t.Errorf("forest (-by hand +derived):\n%s", diff)
			}
		})
	}
}

// unstated is a forest without statuses, which the forests above leave open.
func unstated(nodes []traces.Node) traces.Forest {
	out := make(traces.Forest, len(nodes))
	for i, n := range nodes {
		n.Status, n.Error, n.Children = 0, nil, unstated(n.Children)
		out[i] = n
	}
	return out
}

func TestAFailureGoesUpToTheClient(t *testing.T) {
	got, err := traces.Derive(chain(answers("stock", 500)), everything(traces.OpenTelemetry), traces.Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := traces.Forest{
		traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Answering(500)).Answering(500)).Answering(500),
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("forest (-by hand +derived):\n%s", diff)
	}
	if got.Answer() != 500 {
		t.Errorf("the caller must see %d, want 500", got.Answer())
	}
	status, err := chain(answers("stock", 503), answers("web", 204)).Answer()
	if err != nil || status != 204 {
		t.Errorf("the topology answers %d, error %v; want web's own 204", status, err)
	}
}

func TestAClientErrorIsMarkedByTheProvidersRule(t *testing.T) {
	for provider, want := range map[traces.Provider]string{
		traces.OpenTelemetry: "client CLIENT > web 404 error\n  web SERVER 404\n",
		traces.Zipkin:        "client CLIENT > web 404\n  web SERVER 404\n",
	} {
		got, err := traces.Derive(traces.Topology{
			Name: "single", Entry: "web", Services: []traces.Service{{Name: "web", Work: traces.Work{Status: 404}}},
		}, everything(provider), traces.Request{})
		if err != nil || got.String() != want {
			t.Errorf("%s: %q, error %v; want %q", provider, got, err, want)
		}
	}
}

func TestAnUnboundedFanOutIsRefused(t *testing.T) {
	topology := traces.Topology{Name: "explosion", Entry: "s0"}
	for i := range 20 {
		s := traces.Service{Name: "s" + string(rune('a'+i))}
		if i == 0 {
			s.Name = topology.Entry
		}
		if i < 19 {
			next := traces.Call{To: "s" + string(rune('a'+i+1))}
			s.Steps = []traces.Step{{next, next, next, next}}
		}
		topology.Services = append(topology.Services, s)
	}
	if _, err := traces.Derive(topology, everything(traces.OpenTelemetry), traces.Request{}); err == nil || !strings.Contains(err.Error(), "make fewer calls") {
		t.Errorf("error %v, want that there are too many spans", err)
	}
}

func TestAnUnknownProviderIsRefused(t *testing.T) {
	_, err := traces.Derive(chain(), everything("skywalking"), traces.Request{})
	if err == nil || !strings.Contains(err.Error(), `unknown provider "skywalking"; use opentelemetry, zipkin or zipkin-w3c`) {
		t.Errorf("error %v", err)
	}
}

func TestEverythingWrongWithATopologyIsSaidAtOnce(t *testing.T) {
	bad := traces.Topology{
		Name: "Bad\x1b[31m", Entry: "shop", EntryProtocol: "smtp",
		Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart"}, {To: "cellar"}}}, Forward: traces.Forwarding{Drop: true, Only: []string{"B3"}}},
			{Name: "cart", Steps: []traces.Step{{{To: "web", Protocol: "udp"}}}, Work: traces.Work{Status: 99, Delay: -1}},
			{Name: "cart"},
			{Name: "client"},
			{Name: "cart-bare"},
			{Name: "-x", Namespace: "a.b"},
		},
	}
	err := bad.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		`name: "Bad\x1b[31m" is not a DNS label; use`,
		`services[1].work.status: 99 is no final HTTP status; give 200 to 599`,
		`services[1].work.delay: -1ns is negative; give 0 or more`,
		`services[2].name: "cart" is already services[1]; list every service once`,
		`services[3].name: "client" is the load client's name`,
		`services[4].name: "cart-bare" ends in "-bare"`,
		`services[5].name: "-x" is not a DNS label`,
		`services[5].namespace: "a.b" is not a DNS label`,
		`services[0].forward: both Drop and Only are set`,
		`services[0].forward.only[0]: "B3" is not a header name in lower case`,
		`entry: unknown service "shop"; there are -x, cart, cart-bare, client, web`,
		`entryProtocol: unknown protocol "smtp"; use http, http/1.0, h2c, grpc, grpc-stream or tcp`,
		`services[0].steps[0][1].to: unknown service "cellar"`,
		`services[1].steps[0][0].protocol: unknown protocol "udp"`,
		`services: the calls web > cart > web never end; remove one`,
	} {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, want) }) {
			t.Errorf("no line says %s", want)
		}
	}
	if len(lines) != 15 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%d lines, want 15 without control characters:\n%s", len(lines), err)
	}
	if err := (traces.Topology{Name: "empty"}).Validate(); err == nil || !strings.Contains(err.Error(), "entry: missing") {
		t.Errorf("error %v, want that the entry is missing", err)
	}
	if err := chain().Validate(); err != nil {
		t.Errorf("a good topology: %v", err)
	}
}
