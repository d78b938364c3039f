package images

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

func catalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := DefaultCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestThePublishedImagesAreOfTheCataloguesVersions(t *testing.T) {
	c := catalogue(t)

	set, err := FromRegistry(c, "registry.example/app:1")
	if err != nil {
		t.Fatal(err)
	}

	for ref, version := range map[string]string{
		set.Node.Ref:   "v" + c.Components["kubernetes"].Version,
		set.Pilot.Ref:  c.Components["istio"].Release,
		set.Proxy.Ref:  c.Components["istio"].Release,
		set.Jaeger.Ref: c.Components["jaeger"].Release,
	} {
		if !strings.HasSuffix(ref, ":"+version) {
			t.Errorf("%s is not of version %s", ref, version)
		}
	}
	if set.Baked || set.App.Ref != "registry.example/app:1" {
		t.Errorf("got %+v", set)
	}
}

func TestAPublishedSetWithoutAnApplicationIsRefused(t *testing.T) {
	for name, ref := range map[string]string{"none": "", "malformed": "NOT A REF"} {
		t.Run(name, func(t *testing.T) {
			_, err := FromRegistry(catalogue(t), ref)
			if err == nil || !strings.Contains(err.Error(), "app") {
				t.Errorf("got %v, want an error that names app", err)
			}
		})
	}
}

func TestAPushedImageIsTheSameInTheRegistry(t *testing.T) {
	server := httptest.NewServer(registry.New())
	defer server.Close()
	var tree layers.Tree
	tree.Data("usr/local/bin/app", []byte("a program"), 0o755)
	layer, err := tree.Layer()
	if err != nil {
		t.Fatal(err)
	}
	image, err := layers.Image(v1.Config{}, layer)
	if err != nil {
		t.Fatal(err)
	}
	ref := strings.TrimPrefix(server.URL, "http://") + "/app:1"

	if err = push(t.Context(), ref, image); err != nil {
		t.Fatal(err)
	}

	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	got, err := remote.Head(parsed, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := image.Digest(); got.Digest != want {
		t.Errorf("digest is %s in the registry, %s here", got.Digest, want)
	}
}

func TestARegistryThatIsNotThereIsNamed(t *testing.T) {
	server := httptest.NewServer(registry.New())
	host := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	image, err := layers.Image(v1.Config{})
	if err != nil {
		t.Fatal(err)
	}

	if err := push(t.Context(), host+"/app:1", image); err == nil || !strings.Contains(err.Error(), host) {
		t.Errorf("got %v, want an error that names %s", err, host)
	}
}
