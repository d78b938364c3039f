package traces_test

import (
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
)

func TestWhatNoApplicationCanDoIsNamedWithItsPlace(t *testing.T) {
	second := traces.Shape{Second: true}
	for want, spoil := range map[string]func(*traces.Topology){
		`services[0].forward: both Drop and Mix`: func(t *traces.Topology) { t.Services[0].Forward = traces.Forwarding{Drop: true, Mix: true} },
		`services[0].forward: OwnID is set, and x-request-id rewritten`: func(t *traces.Topology) {
			t.Services[0].Forward = traces.Forwarding{OwnID: true, Rewrite: map[string]string{"x-request-id": "1"}}
		},
		`services[0].forward.rewrite["B3"]: not a header name`:          func(t *traces.Topology) { t.Services[0].Forward.Rewrite = map[string]string{"B3": "0"} },
		`services[0].forward.rewrite[""]: not a header name`:            func(t *traces.Topology) { t.Services[0].Forward.Rewrite = map[string]string{"": "0"} },
		`services[0].forward.rewrite["host"]: an application that`:      func(t *traces.Topology) { t.Services[0].Forward.Rewrite = map[string]string{"host": "x"} },
		`services[0].forward.rewrite["x-throughline-plan"]: an`:         func(t *traces.Topology) { t.Services[0].Forward.Rewrite = map[string]string{"x-throughline-plan": "x"} },
		`services[0].forward.rewrite["b3"]: value "0\r\nhost: x"`:       func(t *traces.Topology) { t.Services[0].Forward.Rewrite = map[string]string{"b3": "0\r\nhost: x"} },
		`services[1].work.digits: 20001; give 0 to 20000`:               func(t *traces.Topology) { t.Services[1].Work.Digits = 20_001 },
		`services[1].work.bytes: -1; give 0 to 1048576`:                 func(t *traces.Topology) { t.Services[1].Work.Bytes = -1 },
		`services[1].work.fault: unknown fault "sulk"; use reset, hang`: func(t *traces.Topology) { t.Services[1].Work.Fault = "sulk" },
		`services[1].work.fault: an application that gives no answer`:   func(t *traces.Topology) { t.Services[1].Work = traces.Work{Fault: traces.Crash, Early: true} },
		`entryShape.method: unknown method "get"`:                       func(t *traces.Topology) { t.EntryShape.Method = "get" },
		`entryShape.second: web has no second port; set TwoPorts`:       func(t *traces.Topology) { t.EntryShape = second },
		`entryShape: a call over tcp has no shape`:                      func(t *traces.Topology) { t.EntryProtocol, t.EntryShape = traces.TCP, traces.Shape{Bytes: 1} },
		`services[0].steps[0][0].shape.path: "x"; begin it with one /`:  func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "x" },
		`shape.path: "/a b"; begin it`:                                  func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "/a b" },
		`shape.path: "/50%"; begin it`:                                  func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "/50%" },
		`shape.path: "/%2x%g0"; begin it`:                               func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "/%2x%g0" },
		`shape.path: "//x"; begin it`:                                   func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "//x" },
		`shape.path: 4097 bytes; give at most 4096`:                     func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "/" + strings.Repeat("x", 4096) },
		`shape.path: /healthz is for probes`:                            func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Path = "/healthz?x=1" },
		`shape.bytes: a GET has no body; give 0`:                        func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape = traces.Shape{Method: "GET", Bytes: 1} },
		`shape.bytes: 1048577; give 0 to 1048576`:                       func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape.Bytes = 1<<20 + 1 },
		`shape: a call over grpc-stream has a method, a path and a port`: func(t *traces.Topology) {
			t.Services[0].Steps[0][0] = traces.Call{To: "cart", Protocol: traces.GRPCStream, Shape: traces.Shape{Method: "GET"}}
		},
		`shape.second: cart has no second port`:                     func(t *traces.Topology) { t.Services[0].Steps[0][0].Shape = second },
		`services[0].form.absent: no pod stands behind the service`: func(t *traces.Topology) { t.Services[0].Form.Absent = true },
		`services[2].gateway: a gateway has a proxy`: func(t *traces.Topology) {
			t.Services = append(t.Services, traces.Service{Name: "gate", Gateway: true, Steps: []traces.Step{{{To: "cart", Shape: traces.Shape{Path: "/x"}}}}})
		},
	} {
		t.Run(want, func(t *testing.T) {
			one := traces.Topology{Name: "shop", Entry: "web", Services: []traces.Service{
				{Name: "web", Steps: []traces.Step{{{To: "cart"}}}}, {Name: "cart"},
			}}
			spoil(&one)
			err := one.Validate()
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line that says %q", err, want)
			}
		})
	}
}

func TestWhatAnApplicationCanDoIsAllowed(t *testing.T) {
	one := traces.Topology{
		Name: "shop", Entry: "web", EntryProtocol: traces.HTTP10,
		EntryShape: traces.Shape{Method: "GET", Path: "/cart/%2f1?q=100%&x=<y>", Second: true},
		Services: []traces.Service{
			{
				Name: "web", Form: traces.Form{TwoPorts: true},
				Forward: traces.Forwarding{Mix: true, OwnID: true, Rewrite: map[string]string{"b3": "", "x-cause": "in two words"}},
				Work:    traces.Work{Digits: traces.MaxDigits, Bytes: traces.MaxBytes, Queue: true},
				Steps: []traces.Step{{
					{To: "cart", Protocol: traces.H2C, Shape: traces.Shape{Bytes: traces.MaxBytes}},
					{To: "cart", Protocol: traces.GRPCStream, Shape: traces.Shape{Bytes: 1}},
					{To: "none"},
				}},
			},
			{Name: "cart", Work: traces.Work{Fault: traces.Crash}},
			{Name: "none", Form: traces.Form{Absent: true}},
		},
	}
	if err := one.Validate(); err != nil {
		t.Error(err)
	}
}
