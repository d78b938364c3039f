package traces

import (
	"regexp"
	"slices"
	"strings"
)

// NamedAlone says whether the service's proxy leaves the namespace out of its name in
// spans: where its ProxyConfig has tracingServiceName CANONICAL_NAME_ONLY.
func (s Service) NamedAlone() bool {
	// Nearly no service has a ProxyConfig, and each span asks.
	return strings.Contains(s.Form.ProxyConfig, "CANONICAL_NAME_ONLY") && regexp.MustCompile(`(?m)^\s*["']?tracingServiceName["']?:\s*["']?CANONICAL_NAME_ONLY\b`).MatchString(s.Form.ProxyConfig)
}

// spanNamespace is the namespace of the spans of the service's proxy, as a Node has it.
func (s Service) spanNamespace() string {
	if s.NamedAlone() {
		return NoNamespace
	}
	return s.namespace()
}

// ProxyNamespace is where the proxy runs that made the span: the namespace in its service's
// name, or that of its node_id. It is "" for a span that no proxy of Istio's made.
func (s *Span) ProxyNamespace() string {
	if s.Namespace != "" {
		return s.Namespace
	}
	_, namespace := s.node()
	return namespace
}

// node is the pod and the namespace in the span's node_id, both "" where it has none:
// `sidecar~10.244.0.7~cart-5d9c-x2x.shop~shop.svc.cluster.local`.
func (s *Span) node() (pod, namespace string) {
	parts := strings.Split(s.Tags.Get("node_id"), "~")
	if len(parts) != 4 {
		return "", ""
	}
	dot := strings.LastIndexByte(parts[2], '.')
	return parts[2][:max(dot, 0)], parts[2][dot+1:]
}

// JudgeServiceName judges that the proxies of a service's pods call it name in their spans,
// with or without a namespace. Pods are told by their own names, which begin with the
// service's. Whether there are such spans is JudgeForest's affair.
func JudgeServiceName(ev Evidence, service, name string) []Finding {
	index := ev.ByRequest()
	index.byStart()
	var all []Finding
	for _, r := range index.Requests {
		for _, t := range r.Traces {
			i := slices.IndexFunc(t.Spans, func(s Span) bool {
				pod, _ := s.node()
				return strings.HasPrefix(pod, service+"-") && serviceName(&s) != name
			})
			if i < 0 {
				continue
			}
			all = append(all, Finding{
				Kind: WrongName, Service: service, Count: 1, Requests: []string{r.Exchange.Request}, Traces: []string{t.ID.String()},
				Observed: "the proxy of a pod of " + quote(service) + " calls its service " + Printable(serviceName(&t.Spans[i])),
				Expected: Printable(name),
				Candidates: []string{
					"another tracingServiceName is in force: the mesh's, or that of the pod's annotation proxy.istio.io/config",
					"the pod was started before it was set", "its labels app or service.istio.io/canonical-name are others",
				},
				Next: "look at node.cluster in the proxy's bootstrap (istioctl proxy-config bootstrap POD), and at the pod's labels and annotations",
			})
		}
	}
	return Aggregate(all)
}
