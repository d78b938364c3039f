package clusters

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/internal/ports"
)

const (
	// readyPatience is the time that a new cluster has to become ready, unless
	// KindConfig says otherwise.
	readyPatience = 3 * time.Minute
	// deletePatience bounds the clean-up of a cluster that could not be made.
	deletePatience = time.Minute
	loopback       = "127.0.0.1"
)

// Progress is told what goes on. Step begins something that takes a while and
// returns what to call at its end; Note says one thing.
type Progress interface {
	Step(name string) func(err error)
	Note(text string)
}

// KindConfig says what cluster to make.
type KindConfig struct {
	// Name is the cluster's; the nodes' containers are named after it.
	Name string
	// Dir is an absolute path of a folder for this cluster alone, made if
	// missing: its kubeconfig and a mark that it is ours.
	Dir string
	// Engine is where the nodes run.
	Engine *engine.Engine
	// NodeImage must be in the engine, or one that it can pull.
	NodeImage string
	// OwnNetwork says that the node image brings its own CNI configuration, so
	// that kind installs none. Such an image serves one node.
	OwnNetwork bool
	// Workers is how many nodes there are beside the control plane's.
	Workers int
	// APIServerPort is the port on the host's loopback, 0 for any free one.
	APIServerPort int
	// Ready is how long the cluster has to become ready once it is made, 0 for
	// three minutes.
	Ready time.Duration
	// Progress may be nil.
	Progress Progress
}

// Kind makes a cluster and waits until it is ready. A cluster of that name that
// an earlier run of ours left in the engine is deleted first; any other is an
// error. When it fails, or ctx ends, the cluster is deleted before it returns.
func Kind(ctx context.Context, config KindConfig) (*Cluster, error) {
	k, err := newKindCluster(config)
	if err != nil {
		return nil, err
	}
	done := k.progress.Step("create cluster " + config.Name)
	cluster, err := k.raise(ctx)
	done(err)
	if err != nil {
		return nil, fmt.Errorf("create cluster %s: %w", config.Name, err)
	}
	return cluster, nil
}

// Kept takes the cluster that [Cluster.Keep] marked, if the engine still has it,
// it was made from the same image with as many nodes, and it is ready. Otherwise
// the error is [ErrNotKept] with the reason, and nothing was changed.
func Kept(ctx context.Context, config KindConfig) (*Cluster, error) {
	k, err := newKindCluster(config)
	if err != nil {
		return nil, err
	}
	cluster, err := k.takeKept(ctx)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", config.Name, err)
	}
	return cluster, nil
}

func newKindCluster(config KindConfig) (*kindCluster, error) {
	switch {
	case config.Name == "":
		return nil, errors.New("kind cluster: no name given")
	case config.Engine == nil:
		return nil, fmt.Errorf("kind cluster %s: no engine given", config.Name)
	case config.NodeImage == "":
		return nil, fmt.Errorf("kind cluster %s: no node image given", config.Name)
	case !filepath.IsAbs(config.Dir):
		return nil, fmt.Errorf("kind cluster %s: folder %q: expected an absolute path", config.Name, config.Dir)
	case config.Workers < 0:
		return nil, fmt.Errorf("kind cluster %s: %d workers: expected 0 or more", config.Name, config.Workers)
	case config.OwnNetwork && config.Workers > 0:
		return nil, fmt.Errorf("kind cluster %s: %d workers, but the node image's own network serves one node; use no workers", config.Name, config.Workers)
	}
	if config.Ready == 0 {
		config.Ready = readyPatience
	}
	progress := config.Progress
	if progress == nil {
		progress = silent{}
	}
	return &kindCluster{config: config, progress: progress}, nil
}

func (k *kindCluster) raise(ctx context.Context) (*Cluster, error) {
	info, err := k.config.Engine.Info(ctx)
	if err != nil {
		return nil, err
	}
	if err = k.clear(ctx, info.ID); err != nil {
		return nil, err
	}
	if err = k.writeMark(k.mark(info.ID)); err != nil {
		return nil, err
	}
	cluster, err := k.bringUp(ctx, info)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), deletePatience)
		defer cancel()
		return nil, errors.Join(err, k.delete(last))
	}
	return cluster, nil
}

func (k *kindCluster) bringUp(ctx context.Context, info engine.Info) (*Cluster, error) {
	port, err := k.apiServerPort(ctx)
	if err != nil {
		return nil, err
	}
	if err = k.create(ctx, k.plan(info, port)); err != nil {
		return nil, err
	}
	cluster, err := k.cluster()
	if err != nil {
		return nil, err
	}
	done := k.progress.Step("wait until cluster " + k.config.Name + " is ready")
	err = awaitReady(ctx, cluster.REST, 1+k.config.Workers, k.config.Ready)
	done(err)
	if err != nil {
		return nil, err
	}
	return cluster, nil
}

// apiServerPort gives the port that the API server is to have on the host. In a
// private engine the same port is published within its namespace, and a
// forwarder leads there, so that the kubeconfig that kind writes is right.
func (k *kindCluster) apiServerPort(ctx context.Context) (int32, error) {
	want := net.JoinHostPort(loopback, strconv.Itoa(k.config.APIServerPort))
	if k.config.Engine.Private() {
		at, err := k.config.Engine.Forward(ctx, want, loopback+":0")
		if err != nil {
			return 0, fmt.Errorf("reach the API server: %w", err)
		}
		return portOf(at)
	}
	if k.config.APIServerPort == 0 {
		return 0, nil
	}
	listener, err := ports.Listen(ctx, want)
	if err != nil {
		return 0, fmt.Errorf("port of the API server: %w", err)
	}
	return int32(k.config.APIServerPort), listener.Close()
}

func portOf(address string) (int32, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	port, err := strconv.ParseInt(text, 10, 32)
	return int32(port), err
}

// plan is what kind is told. It patches only what this engine and image need.
func (k *kindCluster) plan(info engine.Info, port int32) *v1alpha4.Cluster {
	plan := &v1alpha4.Cluster{
		Networking: v1alpha4.Networking{
			APIServerAddress:  loopback,
			APIServerPort:     port,
			DisableDefaultCNI: k.config.OwnNetwork,
		},
		Nodes: []v1alpha4.Node{{Role: v1alpha4.ControlPlaneRole}},
		// Nobody reads what containerd keeps of each container's CPU. It asks every second,
		// which a node with forty pods pays with a tenth of two cores.
		ContainerdConfigPatches: []string{"[plugins.\"io.containerd.cri.v1.runtime\"]\n  stats_collect_period = \"1m\"\n"},
	}
	for range k.config.Workers {
		plan.Nodes = append(plan.Nodes, v1alpha4.Node{Role: v1alpha4.WorkerRole})
	}
	if k.config.Engine.Private() {
		// Its root may lack what the kubelet would set: negative OOM scores,
		// limits, some kernel settings. The gate makes it go on without.
		plan.FeatureGates = map[string]bool{"KubeletInUserNamespace": true}
	}
	if info.CgroupVersion == "1" {
		plan.KubeadmConfigPatches = []string{"kind: KubeletConfiguration\nfailCgroupV1: false\n"}
	}
	v1alpha4.SetDefaultsCluster(plan)
	return plan
}

// cluster gives what the kubeconfig that kind wrote says.
func (k *kindCluster) cluster() (*Cluster, error) {
	contextName := "kind-" + k.config.Name
	loaded, err := clientcmd.LoadFromFile(k.kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("kubeconfig of the new cluster: %w", err)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*loaded, contextName, nil, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig %s: %w", k.kubeconfig(), err)
	}
	return &Cluster{
		Name: k.config.Name, Provider: ProviderKind, Kubeconfig: k.kubeconfig(), Context: contextName,
		REST: unlimited(config), kind: k,
	}, nil
}

func (k *kindCluster) takeKept(ctx context.Context) (*Cluster, error) {
	left, err := k.readMark()
	if err != nil {
		return nil, err
	}
	if left == nil || !left.Kept {
		return nil, ErrNotKept
	}
	info, err := k.config.Engine.Info(ctx)
	if err != nil {
		return nil, err
	}
	want := k.mark(info.ID)
	want.Kept = true
	if *left != want {
		return nil, fmt.Errorf("%w: the one there was made as %s, wanted %s", ErrNotKept, *left, want)
	}
	cluster, err := k.cluster()
	if err == nil {
		err = answers(ctx, cluster.REST)
	}
	if err == nil {
		err = awaitReady(ctx, cluster.REST, 1+k.config.Workers, existingPatience)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w that could be used: %s", ErrNotKept, firstLine(err))
	}
	// From here on it is this run's: should it be killed, the cluster was not kept.
	left.Kept = false
	return cluster, k.writeMark(*left)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

type silent struct{}

func (silent) Step(string) func(error) { return func(error) {} }
func (silent) Note(string)             {}
