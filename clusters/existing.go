package clusters

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// existingPatience is how long a cluster has to answer one question.
const existingPatience = 10 * time.Second

// Existing takes a cluster that the user has. The context must be named: what a
// kubeconfig happens to have as its current one is never used, as the checks
// change the mesh that they find. The cluster must answer within ten seconds.
func Existing(ctx context.Context, kubeconfig, contextName string) (*Cluster, error) {
	if kubeconfig == "" {
		return nil, errors.New("existing cluster: no kubeconfig given; name its path, such as ~/.kube/config")
	}
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("existing cluster: there is no kubeconfig %s; give the path of one", kubeconfig)
	}
	if err != nil {
		return nil, fmt.Errorf("existing cluster: kubeconfig %s: %w; give a file as kubectl uses it", kubeconfig, err)
	}
	if _, ok := config.Contexts[contextName]; !ok {
		return nil, fmt.Errorf("existing cluster: %s; name one of kubeconfig %s: %s", missing(contextName), kubeconfig, contexts(config))
	}
	restConfig, err := clientcmd.NewNonInteractiveClientConfig(*config, contextName, nil, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("existing cluster: context %s of kubeconfig %s: %w; check its cluster and user", contextName, kubeconfig, err)
	}
	unlimited(restConfig)
	if err = answers(ctx, restConfig); err != nil {
		return nil, fmt.Errorf("existing cluster: context %s of kubeconfig %s: %s does not answer: %w; try `kubectl --kubeconfig %s --context %s version`",
			contextName, kubeconfig, restConfig.Host, err, kubeconfig, contextName)
	}
	return &Cluster{Name: contextName, Provider: ProviderExisting, Kubeconfig: kubeconfig, Context: contextName, REST: restConfig}, nil
}

func missing(contextName string) string {
	if contextName == "" {
		return "no context given, and the current one is not taken by itself"
	}
	return fmt.Sprintf("there is no context %q", contextName)
}

func contexts(config *clientcmdapi.Config) string {
	if len(config.Contexts) == 0 {
		return "it has none"
	}
	return strings.Join(slices.Sorted(maps.Keys(config.Contexts)), ", ")
}

// answers asks the API server for its version, once.
func answers(ctx context.Context, config *rest.Config) error {
	patience, cancel := context.WithTimeout(ctx, existingPatience)
	defer cancel()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, err = client.Discovery().RESTClient().Get().AbsPath("/version").DoRaw(patience)
	return err
}
