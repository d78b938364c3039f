package images

import (
	"strings"
	"testing"
)

func TestAChosenVersionReplacesTheDefaultOneAlone(t *testing.T) {
	c := catalogue(t)

	chosen, err := c.Choose([]string{"jaeger=2.12.0"})
	if err != nil {
		t.Fatal(err)
	}

	if got := chosen.Components["jaeger"]; got.Release != "2.12.0" || got.folder != "jaeger-2.12.0" || len(got.Builds) == 0 {
		t.Errorf("jaeger is %+v", got)
	}
	for name, version := range c.Versions() {
		if name != "jaeger" && chosen.Versions()[name] != version {
			t.Errorf("%s is %s, want %s as before", name, chosen.Versions()[name], version)
		}
	}
	if got := c.Components["jaeger"].Release; got == "2.12.0" {
		t.Error("the catalogue itself was changed")
	}
}

func TestAnotherEnvoyComesWithItsOwnDigest(t *testing.T) {
	c := catalogue(t)

	chosen, err := c.Choose([]string{"envoy=1.39.3"})
	if err != nil {
		t.Fatal(err)
	}

	if chosen.Envoy.Version != "1.39.3" || chosen.Envoy.Wheels["amd64"] == c.Envoy.Wheels["amd64"] {
		t.Errorf("envoy is %+v", chosen.Envoy)
	}
}

func TestTheDefaultVersionsMayBeChosen(t *testing.T) {
	c := catalogue(t)
	for name := range c.Components {
		if _, err := c.Choose([]string{name + "=" + c.Versions()[name]}); err != nil {
			t.Error(err)
		}
	}
}

func TestAVersionThatCannotBeIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		versions  []string
		published bool
		want      string
	}{
		"not pinned":           {[]string{"jaeger=1.0.0"}, false, "jaeger 1.0.0 is not pinned; choose 2.13.0 or 2.12.0"},
		"unknown component":    {[]string{"jaegr=2.12.0"}, false, `no component "jaegr"`},
		"no version":           {[]string{"envoy"}, false, `"envoy" is no component with a version`},
		"twice":                {[]string{"envoy=1.40.0", "envoy=1.39.3"}, false, "envoy is there twice"},
		"part of an image":     {[]string{"envoy=1.39.3"}, true, `"envoy" cannot be chosen for images from a registry`},
		"istio without charts": {[]string{"istio=1.30.0"}, true, "istio 1.30.0 is not pinned"},
		"no tag":               {[]string{"jaeger=latest"}, true, `jaeger "latest" is no version`},
	} {
		t.Run(name, func(t *testing.T) {
			choose := catalogue(t).Choose
			if c.published {
				choose = catalogue(t).ChoosePublished
			}
			if _, err := choose(c.versions); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestARegistryMayHaveAnyKubernetesAndJaeger(t *testing.T) {
	chosen, err := catalogue(t).ChoosePublished([]string{"kubernetes=1.34.0", "jaeger=2.9.0"})
	if err != nil {
		t.Fatal(err)
	}

	set, err := FromRegistry(chosen, Location{}, "example.com/app:1")
	if err != nil {
		t.Fatal(err)
	}

	if set.Node.Ref != "docker.io/kindest/node:v1.34.0" || set.Jaeger.Ref != "docker.io/jaegertracing/jaeger:2.9.0" || set.Versions["jaeger"] != "2.9.0" {
		t.Errorf("node is %s, jaeger %s, versions %v", set.Node.Ref, set.Jaeger.Ref, set.Versions)
	}
}
