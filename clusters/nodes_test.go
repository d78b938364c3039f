package clusters

import (
	"errors"
	"testing"
)

func TestNodesOfAClusterThatIsNotOursAreLeftAlone(t *testing.T) {
	existing := &Cluster{Name: "prod", Provider: ProviderExisting}
	if err := existing.LoadImage(t.Context(), "app.tar"); !errors.Is(err, ErrNotOurs) {
		t.Errorf("loading an image gave %v", err)
	}
	if err := existing.PullPlainly(t.Context(), "10.0.0.5:5000"); !errors.Is(err, ErrNotOurs) {
		t.Errorf("changing its registries gave %v", err)
	}
}

func TestContainerdIsToldToPullWithoutTLS(t *testing.T) {
	want := "server = \"http://10.0.0.5:5000\"\n\n[host.\"http://10.0.0.5:5000\"]\n  capabilities = [\"pull\", \"resolve\"]\n"
	if got := hostsTOML("10.0.0.5:5000"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
