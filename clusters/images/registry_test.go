package images

import (
	"net/http/httptest"
	"path/filepath"
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

	set, err := FromRegistry(c, Location{}, "registry.example/app:1")
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

func TestARegistryTakesThePlaceOfTheOfficialOnes(t *testing.T) {
	c := catalogue(t)
	for text, host := range map[string]string{
		"10.0.0.5:5000":              "10.0.0.5:5000/",
		"http://10.0.0.5:5000":       "10.0.0.5:5000/",
		"registry.example/tracing/1": "registry.example/tracing/1/",
	} {
		from, err := ParseLocation(text)
		if err != nil {
			t.Fatal(err)
		}
		wantAddress := "10.0.0.5:5000"
		if strings.HasPrefix(text, "registry") {
			wantAddress = "registry.example:443"
		}
		if from.Plain != strings.HasPrefix(text, "http://") || from.Address() != wantAddress {
			t.Errorf("%s is read as %+v at %s", text, from, from.Address())
		}
		set, err := FromRegistry(c, from, "throughline.local/app:1")
		if err != nil {
			t.Fatal(err)
		}
		for ref, want := range map[string]string{
			set.Node.Ref:   host + "node:v" + c.Components["kubernetes"].Version,
			set.Pilot.Ref:  host + "pilot:" + c.Components["istio"].Release,
			set.Proxy.Ref:  host + "proxy:" + c.Components["istio"].Release,
			set.Jaeger.Ref: host + "jaeger:" + c.Components["jaeger"].Release,
			set.App.Ref:    "throughline.local/app:1",
		} {
			if ref != want {
				t.Errorf("from %s: got %s, want %s", text, ref, want)
			}
		}
	}
}

func TestWhatIsNoRegistryIsRefusedWithAnExample(t *testing.T) {
	for _, text := range []string{"https://registry.example", "http://", "registry", "registry.example/Upper", "registry.example/app:1", "a b", "/folder"} {
		if got, err := ParseLocation(text); err == nil || !strings.Contains(err.Error(), "such as registry.example or 10.0.0.5:5000") {
			t.Errorf("%q is read as %+v, %v", text, got, err)
		}
	}
}

func TestAnApplicationThatCanNeitherBeLoadedNorPulledIsRefused(t *testing.T) {
	p, _ := planFor(t, checkout(t, "package main\n\nfunc main() {}\n"), small())
	_, err := p.PublishedWithApp(t.Context(), Location{})
	if err == nil || !strings.Contains(err.Error(), "the application") || !strings.Contains(err.Error(), "--registry") {
		t.Errorf("got %v", err)
	}
}

func TestAnArchivedImageIsPushedAsItIs(t *testing.T) {
	var tree layers.Tree
	tree.Data("etc/node", []byte("content"), 0o644)
	layer, err := tree.Layer()
	if err != nil {
		t.Fatal(err)
	}
	image, err := layers.Image(v1.Config{Entrypoint: []string{"/sbin/init"}}, layer)
	if err != nil {
		t.Fatal(err)
	}
	described, err := describe("node", image)
	if err != nil {
		t.Fatal(err)
	}
	described.Archive = filepath.Join(t.TempDir(), nodeTar)
	if err = writeArchive(described.Archive, described.Ref, image); err != nil {
		t.Fatal(err)
	}

	got, err := fromArchive(described)
	if err != nil {
		t.Fatal(err)
	}

	if digest, _ := got.Digest(); digest.String() != described.Digest {
		t.Errorf("its digest is %s, was %s", digest, described.Digest)
	}
	described.ID = "sha256:other"
	if _, err = fromArchive(described); err == nil || !strings.Contains(err.Error(), "expected sha256:other") {
		t.Errorf("an archive of another image gave %v", err)
	}
}

func TestAPublishedSetWithoutAnApplicationIsRefused(t *testing.T) {
	for name, ref := range map[string]string{"none": "", "malformed": "NOT A REF"} {
		t.Run(name, func(t *testing.T) {
			_, err := FromRegistry(catalogue(t), Location{}, ref)
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

	if err = push(t.Context(), Location{}, nil, ref, image); err != nil {
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

	if err := push(t.Context(), Location{}, nil, host+"/app:1", image); err == nil || !strings.Contains(err.Error(), host) {
		t.Errorf("got %v, want an error that names %s", err, host)
	}
}
