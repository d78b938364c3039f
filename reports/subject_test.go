package reports_test

import (
	"testing"

	"github.com/throughline/throughline/reports"
)

func TestASubjectIsItsVersionsInOneLine(t *testing.T) {
	for want, s := range map[string]reports.Subject{
		"kubernetes 1.36.3, istio 1.31, envoy 1.40.0, jaeger 2.13.0, kind, upstream": base().Subject,
		"istio 1.31.0":    {Versions: map[string]string{"istio": "1.31.0", "etcd": "3.6.8"}, Cluster: "throughline"},
		"unknown subject": {},
		`istio 1\x1b[2J`:  {Versions: map[string]string{"istio": "1\x1b[2J"}},
	} {
		if got := s.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
