package e2e

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/throughline/throughline/clusters"
	"github.com/throughline/throughline/clusters/images"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
)

// identify remembers what was brought up.
func (r *run) identify(ctx context.Context, cluster *clusters.Cluster, set *images.Set) error {
	r.versions = maps.Clone(set.Versions)
	if r.Config.Envoy != "" {
		r.versions["envoy"] = envoyVersion(ctx, r.Config.Envoy)
	}
	if r.Config.Provider == config.Existing {
		version, err := kubernetesVersion(cluster.REST)
		if err != nil {
			return err
		}
		r.versions["kubernetes"] = version
	}
	if r.ledger == nil {
		return nil
	}
	return r.ledger.Update(func(result *reports.Result) {
		result.Subject.Versions, result.Subject.Images = r.versions, set.Digests()
		result.Subject.Cluster = cluster.Name
	})
}

// kubernetesVersion is what the API server says of itself, as 1.36.3.
func kubernetesVersion(config *rest.Config) (string, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", fmt.Errorf("ask for the version of Kubernetes: %w", err)
	}
	info, err := client.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask for the version of Kubernetes: %w", err)
	}
	return strings.TrimPrefix(info.GitVersion, "v"), nil
}

// patience is how long a proxy may take to tell its version.
const patience = 10 * time.Second

// envoyTells is what Envoy prints of itself: commit, version, state of the sources, build and TLS library.
var envoyTells = regexp.MustCompile(`version: [0-9a-f]+/([0-9][^/\s]*)/`)

// envoyVersion is what a proxy says of itself, as 1.40.0. One that says nothing that is known is told by the
// name of its file, which is no version: every feature is taken to be there, and the result says so.
func envoyVersion(ctx context.Context, program string) string {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, program, "--version").Output()
	if found := envoyTells.FindSubmatch(said); err == nil && found != nil {
		return string(found[1])
	}
	return filepath.Base(program)
}
