package images_test

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/throughline/throughline/clusters/images"
)

// printed is a progress on standard error with elapsed times.
type printed struct{ start time.Time }

func (p printed) Step(name string) func(error) {
	begin := time.Now()
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(p.start).Seconds(), name)
	return func(err error) {
		fmt.Fprintf(os.Stderr, "%6.1fs  %s took %.1fs: %v\n", time.Since(p.start).Seconds(), name, time.Since(begin).Seconds(), err)
	}
}

func TestBuildMakesAWholeSetAndASecondOneIsWarm(t *testing.T) {
	cache := os.Getenv("THROUGHLINE_IMAGES_CACHE")
	if cache == "" {
		t.Skip("builds everything from source, 20 minutes when cold: name a cache folder in THROUGHLINE_IMAGES_CACHE")
	}
	builder, err := images.New(images.Options{CacheDir: cache, SourceDir: "../..", Progress: printed{time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if closeErr := builder.Close(); closeErr != nil {
			t.Error(closeErr)
		}
	})
	set, err := builder.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, image := range set.Mesh() {
		t.Logf("%s %+v", name, image)
	}
	t.Logf("node %+v", set.Node)
	const limit = 300 << 20
	if set.Proxy.Size > limit {
		t.Errorf("the proxy image has %d bytes, more than %d", set.Proxy.Size, limit)
	}
	begin := time.Now()
	again, err := builder.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a warm build took %s", time.Since(begin))
	if again.Node != set.Node || again.Proxy != set.Proxy {
		t.Errorf("the second build gives %+v, the first gave %+v", again, set)
	}
	pending, err := builder.Pending(t.Context())
	if err != nil || len(pending) != 0 {
		t.Errorf("pending after a build: %v, %v", pending, err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	location, err := images.ParseLocation(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := builder.Push(t.Context(), again, location, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, image := range pushed.Mesh() {
		if image.Digest != again.Mesh()[name].Digest || image.Ref == again.Mesh()[name].Ref {
			t.Errorf("%s is %+v when pushed, %+v before", name, image, again.Mesh()[name])
		}
	}
}
