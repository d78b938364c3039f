package w3c

import "github.com/throughline/throughline/traces"

// Way is where the headers meet a proxy.
type Way struct {
	Name string
	// Service is whose sidecar they meet, Kind the kind of span that it makes of the request.
	Service string
	Kind    traces.Kind
	// Callee is the service that the client calls. Last is the one that Callee calls where
	// a case makes calls.
	Callee, Last string
}

// Ingress is the way into a sidecar: from a client without one.
func Ingress() Way {
	return Way{Name: "ingress", Service: "web", Kind: traces.Server, Callee: "web", Last: "cart"}
}

// Egress is the way out through a sidecar: the client's, to a service without one.
func Egress() Way {
	return Way{Name: "egress", Service: traces.ClientService, Kind: traces.Client, Callee: "cart"}
}

// Cases are the cases that can be sent that way: only the proxy of an application that
// was called can show what calls of its own carry.
func (w Way) Cases() []Case {
	var all []Case
	for _, c := range Cases() {
		if c.Calls == 0 || w.Kind == traces.Server {
			all = append(all, c)
		}
	}
	return all
}

// reader is the service whose application shows what became of the case.
func (w Way) reader(c Case) string {
	if c.Calls > 0 {
		return w.Last
	}
	return w.Callee
}
