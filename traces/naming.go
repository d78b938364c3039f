package traces

import (
	"regexp"
	"strings"
)

// NamedAlone says whether the service's proxy leaves the namespace out of its name in
// spans: where its ProxyConfig has tracingServiceName CANONICAL_NAME_ONLY.
func (s Service) NamedAlone() bool {
	return regexp.MustCompile(`(?m)^\s*["']?tracingServiceName["']?:\s*["']?CANONICAL_NAME_ONLY\b`).MatchString(s.Form.ProxyConfig)
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
	// sidecar~10.244.0.7~cart-5d9c-x2x.shop~shop.svc.cluster.local
	parts := strings.Split(s.Tags.Get("node_id"), "~")
	if len(parts) != 4 {
		return ""
	}
	return parts[2][strings.LastIndexByte(parts[2], '.')+1:]
}
