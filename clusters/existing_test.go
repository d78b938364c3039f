package clusters

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfig writes one with the contexts "one", its current one, and "two",
// both for the server.
func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: server}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{}
	config.Contexts["one"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.Contexts["two"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "one"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func apiServer(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/version" {
			t.Errorf("asked for %s, want /version alone", r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"gitVersion":"v1.36.3"}`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAnExistingClusterIsTakenByItsNamedContext(t *testing.T) {
	server := apiServer(t, http.StatusOK)
	path := kubeconfig(t, server)
	got, err := Existing(t.Context(), path, "two")
	if err != nil {
		t.Fatal(err)
	}
	if got.Context != "two" || got.Provider != ProviderExisting || got.REST.Host != server || got.Kubeconfig != path {
		t.Errorf("got %+v", got)
	}
	if err = got.Delete(t.Context()); err != nil {
		t.Errorf("deleting a user's cluster gave %v, want that nothing is done", err)
	}
	if err = got.Keep(); err != nil {
		t.Error(err)
	}
}

func TestAnExistingClusterIsRefused(t *testing.T) {
	good := kubeconfig(t, apiServer(t, http.StatusOK))
	closed := httptest.NewServer(nil)
	closed.Close()
	nonsense := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(nonsense, []byte("{nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		path, context string
		says          []string
	}{
		"without a context, whatever the current one is": {good, "", []string{"no context given", "one, two"}},
		"with a context that is not there":               {good, "three", []string{`"three"`, "one, two"}},
		"without a kubeconfig":                           {"", "one", []string{"no kubeconfig given"}},
		"with a kubeconfig that is not there":            {filepath.Join(t.TempDir(), "none"), "one", []string{"there is no kubeconfig", "none"}},
		"with a kubeconfig that is none":                 {nonsense, "one", []string{nonsense, "as kubectl uses it"}},
		"with an empty kubeconfig":                       {empty, "one", []string{"it has none"}},
		"when it does not answer":                        {kubeconfig(t, closed.URL), "one", []string{closed.URL, "does not answer", "refused", "try `kubectl"}},
		"when it refuses us":                             {kubeconfig(t, apiServer(t, http.StatusForbidden)), "one", []string{"does not answer", "try `kubectl"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Existing(t.Context(), c.path, c.context)
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}
