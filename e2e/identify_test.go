package e2e

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/rest"
)

func TestAProxyIsKnownByWhatItSaysOfItself(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"a release":                  {`echo; echo "$0  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL"`, "1.40.0"},
		"a build of its main branch": {`echo "envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.41.0-dev/Modified/DEBUG/BoringSSL"`, "1.41.0-dev"},
		"something else":             {`echo "proxy 7"`, "proxy"},
		"one that fails":             {`echo "version: 00/1.40.0/"; exit 1`, "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "proxy")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+c.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			if got := envoyVersion(t.Context(), program); got != c.want {
				t.Errorf("it is %s, want %s", got, c.want)
			}
		})
	}
}

func TestAClusterIsKnownByWhatItsAPIServerSays(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"major": "1", "minor": "35", "gitVersion": "v1.35.2-gke.7"}`))
	}))
	defer server.Close()
	if got, err := kubernetesVersion(&rest.Config{Host: server.URL}); err != nil || got != "1.35.2-gke.7" {
		t.Errorf("it is %s, %v", got, err)
	}
}
