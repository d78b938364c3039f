package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/throughline/throughline/clusters/images"
)

const (
	// maxName keeps the paths of the engine's sockets within what the kernel allows.
	maxName = 30
	// maxAlpha is the largest false-alarm rate that still means anything.
	maxAlpha = 0.05
	// maxTimeout is the longest that a run may wait for one thing.
	maxTimeout = 24 * time.Hour
)

// validate looks at each setting by itself, and then at what cannot go together. A
// setting that is wrong by itself is left out of the second part.
func (c *Config) validate(a *assembly, checks []string) {
	c.validateName(a)
	c.validateSelection(a, checks)
	if !a.wrong["alpha"] && (c.Alpha <= 0 || c.Alpha > maxAlpha) {
		a.problem("alpha", fmt.Sprintf("%g is not within 0 and %g; give a rate such as 1e-6", c.Alpha, maxAlpha))
	}
	c.validateTimeouts(a)
	if _, err := images.ParseLocation(c.Registry); err != nil && !a.wrong["registry"] {
		a.problem("registry", err.Error())
	}
	if _, err := c.Catalogue(); err != nil && !a.wrong["versions"] {
		a.problem("versions", err.Error())
	}
	if c.Images == Archive {
		a.problem("images", "archive is not available yet; use source or registry")
	}
	for _, r := range c.rules() {
		if r.broken && !slices.ContainsFunc(r.reads, func(key string) bool { return a.wrong[key] }) {
			a.problem(r.key, r.text, r.reads...)
		}
	}
}

func (c *Config) validateName(a *assembly) {
	if a.wrong["name"] {
		return
	}
	label := regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)
	if !label.MatchString(c.Name) || len(c.Name) > maxName {
		a.problem("name", fmt.Sprintf("%q cannot name a cluster; use at most %d lower-case letters, digits and dashes, a letter first", c.Name, maxName))
	}
}

// maxRepeat bounds the rounds of one run: a result holds them all.
const maxRepeat = 100

func (c *Config) validateSelection(a *assembly, checks []string) {
	for _, id := range c.Checks {
		if !slices.ContainsFunc(checks, func(check string) bool { return strings.EqualFold(check, id) }) {
			a.problem("check", fmt.Sprintf("there is no check or area %q%s; `throughline list` shows all", id, suggest(id, checks)))
		}
	}
	if !a.wrong["repeat"] && (c.Repeat < 1 || c.Repeat > maxRepeat) {
		a.problem("repeat", fmt.Sprintf("%d is not within 1 and %d; give how often to do everything", c.Repeat, maxRepeat))
	}
	if c.LabelFilter == "" {
		return
	}
	if _, err := types.ParseLabelFilter(c.LabelFilter); err != nil {
		a.problem("labelFilter", fmt.Sprintf("%q is no label filter: %s; write one such as `sampling && !slow`", c.LabelFilter, firstLine(err.Error())))
	}
}

func firstLine(text string) string {
	for row := range strings.SplitSeq(text, "\n") {
		if row = strings.TrimSpace(row); row != "" {
			return row
		}
	}
	return "unreadable"
}

func (c *Config) validateTimeouts(a *assembly) {
	for _, t := range []struct {
		key string
		d   time.Duration
	}{
		{"timeouts.cluster", c.Timeouts.Cluster},
		{"timeouts.mesh", c.Timeouts.Mesh},
		{"timeouts.evidence", c.Timeouts.Evidence},
		{"timeouts.check", c.Timeouts.Check},
	} {
		if !a.wrong[t.key] && (t.d <= 0 || t.d > maxTimeout) {
			a.problem(t.key, fmt.Sprintf("%s is not within 0s and %s; give a duration such as 5m", t.d, maxTimeout))
		}
	}
}

// chooses says whether another version of a component is chosen.
func (c *Config) chooses(component string) bool {
	return slices.ContainsFunc(c.Versions, func(v string) bool { return strings.HasPrefix(v, component+"=") })
}

// rule is a combination that cannot be. The problem is put at key.
type rule struct {
	broken bool
	key    string
	// reads are the settings that it compares.
	reads []string
	text  string
}

func (c *Config) rules() []rule {
	existing, kind := c.Provider == Existing, c.Provider == Kind
	return []rule{
		{
			existing && c.Context == "", "context",
			[]string{"provider", "context"},
			"missing: an existing cluster is only touched when its context is named; `kubectl config get-contexts` lists them",
		},
		{
			kind && c.Kubeconfig != "", "kubeconfig",
			[]string{"provider", "kubeconfig"},
			"provider kind makes a cluster of its own; leave it out, or set provider: existing",
		},
		{
			kind && c.Context != "", "context",
			[]string{"provider", "context"},
			"provider kind makes a cluster of its own; leave it out, or set provider: existing",
		},
		{
			existing && c.Keep, "keep",
			[]string{"provider", "keep"},
			"an existing cluster is never deleted, so there is nothing to keep; leave it out",
		},
		{
			existing && c.Reuse != Auto, "reuse",
			[]string{"provider", "reuse"},
			"an existing cluster is not made by a run; leave it out",
		},
		{
			existing && c.Engine != EngineAuto, "engine",
			[]string{"provider", "engine"},
			"an existing cluster has no engine of ours under it; leave it out",
		},
		{
			existing && c.Images == Source, "images",
			[]string{"provider", "images"},
			"images built from source cannot be put into an existing cluster; set images: registry",
		},
		{
			existing && c.Images == Registry && c.Registry == "", "registry",
			[]string{"provider", "images", "registry"},
			"missing: the application is not in the official registries and cannot be loaded into an existing cluster; name a registry that has all images",
		},
		{
			c.Images != Registry && c.Registry != "", "registry",
			[]string{"images", "registry"},
			"nothing is pulled from a registry with these images; leave it out, or set images: registry",
		},
		{
			c.Images == Source && c.Flavour == Istio, "proxyFlavour",
			[]string{"images", "proxyFlavour"},
			"Istio's own proxy cannot be built from source here; set upstream, or images: registry",
		},
		{
			c.Images != Source && c.Envoy != "", "envoy",
			[]string{"images", "envoy"},
			"a binary can only be put into images that are built here; leave it out, or set images: source",
		},
		{
			c.Envoy != "" && c.chooses("envoy"), "envoy",
			[]string{"envoy", "versions"},
			"versions chooses an Envoy too; leave one of them out",
		},
		{
			existing && c.chooses("kubernetes"), "versions",
			[]string{"versions", "provider"},
			"an existing cluster has the Kubernetes that it has; leave it out",
		},
		{
			c.Timeouts.Evidence >= c.Timeouts.Check, "timeouts.evidence",
			[]string{"timeouts.evidence", "timeouts.check"},
			fmt.Sprintf("%s is not below timeouts.check (%s), so that a check would end before its evidence is given up; lower it, or raise the other", c.Timeouts.Evidence, c.Timeouts.Check),
		},
	}
}
