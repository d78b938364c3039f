package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/clusters/images"
)

// Version is the version of the file format, which every file states.
const Version = "1"

// FileName is the file that is read where it is there and no other is named.
const FileName = "throughline.yaml"

// Config is what a run is told. Load gives one that is whole and valid.
type Config struct {
	// Name names the cluster and its engine; two runs at once need two names.
	Name     string
	Provider Provider
	// Kubeconfig and Context name the existing cluster; they are empty for kind.
	Kubeconfig, Context string
	Engine              Engine
	Images              Images
	// Registry has the images in place of the official ones, http:// in front of it where
	// it has no TLS; empty means the official ones.
	Registry string
	// SourceDir is the checkout of throughline that images are built from.
	SourceDir string
	CacheDir  string
	OutDir    string
	// Keep leaves the cluster after the run.
	Keep bool
	// Reuse says whether a cluster that was kept under this name is used again.
	Reuse Switch
	// InstallDeps says whether missing Debian packages are installed; Auto does so as root.
	InstallDeps Switch
	// Checks are the ids, names and areas to run; empty means all.
	Checks []string
	// LabelFilter is a Ginkgo label filter; empty means none.
	LabelFilter string
	// Repeat is how often everything is done; Alone sends for each check by itself.
	Repeat int64
	Alone  bool
	// Seed makes the order of the checks; 0 lets the run draw one.
	Seed int64
	// Alpha is the false-alarm rate of the whole catalogue.
	Alpha float64
	// Flavour is the proxy flavour.
	Flavour  Flavour
	Timeouts Timeouts
	// Versions choose other versions of components than the default ones, as `envoy=1.39.3`.
	Versions []string
	// Envoy is a proxy binary to test in place of the catalogue's; empty means none.
	Envoy string
	// DryRun prints what would happen and does nothing.
	DryRun bool
	Output Output
}

// Timeouts bound what a run waits for. What runs out is an error that says what was seen.
type Timeouts struct {
	// Cluster is for creating the cluster until its system pods are ready.
	Cluster time.Duration
	// Mesh is for installing mesh, backend and workloads until all are ready.
	Mesh time.Duration
	// Evidence is for the evidence of one send to be complete.
	Evidence time.Duration
	// Check is for one check, or one control.
	Check time.Duration
}

// Provider is where the cluster comes from.
type Provider string

// The providers.
const (
	Kind     Provider = "kind"
	Existing Provider = "existing"
)

// Engine is what runs under kind.
type Engine string

// The engines.
const (
	// EngineAuto is the host's engine where one answers, else the embedded one.
	EngineAuto     Engine = "auto"
	EngineEmbedded Engine = "embedded"
	EngineHost     Engine = "host"
)

// Images is where images come from.
type Images string

// The sources of images.
const (
	Source   Images = "source"
	Registry Images = "registry"
	Archive  Images = "archive"
)

// Flavour is which proxy the mesh runs.
type Flavour string

// The proxy flavours.
const (
	// Upstream is Envoy as its project releases it, without Istio's own filters.
	Upstream Flavour = "upstream"
	// Istio is the proxy that Istio releases.
	Istio Flavour = "istio"
)

// Switch is on, off, or decided by the circumstances.
type Switch string

// The positions of a switch.
const (
	Auto Switch = "auto"
	Yes  Switch = "yes"
	No   Switch = "no"
)

// Output is the form in which results are printed.
type Output string

// The forms of output.
const (
	Text Output = "text"
	JSON Output = "json"
)

// Default is the configuration where nothing is said. Cache folder and proxy
// flavour follow from other settings; Load fills them in.
func Default() Config {
	return Config{
		Name:        "throughline",
		Provider:    Kind,
		Engine:      EngineAuto,
		Images:      Source,
		SourceDir:   ".",
		OutDir:      "out",
		Reuse:       Auto,
		InstallDeps: Auto,
		Repeat:      1,
		Alpha:       1e-6,
		Timeouts: Timeouts{
			Cluster:  5 * time.Minute,
			Mesh:     5 * time.Minute,
			Evidence: 30 * time.Second,
			Check:    2 * time.Minute,
		},
		Output: Text,
	}
}

// Catalogue is what images are made of, in the versions that were chosen. The error says
// which cannot be.
func (c Config) Catalogue() (*images.Catalogue, error) {
	catalogue, err := images.DefaultCatalogue()
	if err != nil {
		return nil, err
	}
	if c.Images == Registry {
		return catalogue.ChoosePublished(c.Versions)
	}
	return catalogue.Choose(c.Versions)
}

// Values lists every setting by its key in the file, as a result records it.
func (c Config) Values() map[string]string {
	values := map[string]string{}
	for _, f := range table(&c) {
		values[f.key] = f.value.String()
	}
	return values
}

// String is the configuration as lines of `key: value`, in order of the table. What is
// not set has a dash.
func (c Config) String() string {
	var b strings.Builder
	fields := table(&c)
	width := len(slices.MaxFunc(fields, func(a, b field) int { return len(a.key) - len(b.key) }).key)
	for _, f := range fields {
		b.WriteString(f.key + ":" + strings.Repeat(" ", width-len(f.key)+1) + cmp.Or(f.value.String(), "-") + "\n")
	}
	return b.String()
}
