package clusters

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiwait "k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/e2e-framework/klient/k8s"
	"sigs.k8s.io/e2e-framework/klient/k8s/resources"
	"sigs.k8s.io/e2e-framework/klient/wait"
	"sigs.k8s.io/e2e-framework/klient/wait/conditions"
)

const (
	// readyLook is the pause between two looks at what is awaited.
	readyLook = 200 * time.Millisecond
	// describePatience bounds the look at what was there when time ran out.
	describePatience = 5 * time.Second
	systemNamespace  = "kube-system"
)

// part is something of the cluster that is waited for.
type part struct {
	name  string
	ready func(*conditions.Condition) apiwait.ConditionWithContextFunc
}

// awaitReady waits until the nodes are ready, and kube-proxy on each.
func awaitReady(ctx context.Context, config *rest.Config, nodes int, patience time.Duration) error {
	return await(ctx, config, patience,
		part{fmt.Sprintf("%d nodes", nodes), func(is *conditions.Condition) apiwait.ConditionWithContextFunc {
			return is.ResourceListMatchN(&corev1.NodeList{}, nodes, nodeReady)
		}},
		part{"daemon set kube-proxy", func(is *conditions.Condition) apiwait.ConditionWithContextFunc {
			return is.ResourceMatch(&appsv1.DaemonSet{ObjectMeta: inSystem("kube-proxy")}, daemonSetReady(nodes))
		}})
}

// AwaitDNS waits until the cluster's DNS answers, which in a new cluster is some
// ten seconds after Kind returned: what needs no names can be done meanwhile. An
// existing cluster's DNS is its owner's business.
func (c *Cluster) AwaitDNS(ctx context.Context) error {
	if c.kind == nil {
		return nil
	}
	return await(ctx, c.REST, c.kind.config.Ready, part{"deployment coredns", func(is *conditions.Condition) apiwait.ConditionWithContextFunc {
		return is.ResourceMatch(&appsv1.Deployment{ObjectMeta: inSystem("coredns")}, deploymentReady)
	}})
}

// await waits for one part after another. The error of a wait that ran out says
// what was seen.
func await(ctx context.Context, config *rest.Config, patience time.Duration, parts ...part) error {
	client, err := resources.New(config)
	if err != nil {
		return fmt.Errorf("reach the cluster: %w", err)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	is := conditions.New(client)
	for _, part := range parts {
		err = wait.For(part.ready(is), wait.WithContext(waiting), wait.WithInterval(readyLook), wait.WithImmediate(), wait.WithTimeout(patience))
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		look, stop := context.WithTimeout(ctx, describePatience)
		defer stop()
		return fmt.Errorf("%s not ready after %s: %s", part.name, patience, describe(look, client))
	}
	return nil
}

func inSystem(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: systemNamespace}
}

func nodeReady(object k8s.Object) bool {
	node, ok := object.(*corev1.Node)
	return ok && notReady(node) == ""
}

// notReady says why a node is not ready, and nothing when it is.
func notReady(node *corev1.Node) string {
	for _, c := range node.Status.Conditions {
		if c.Type != corev1.NodeReady {
			continue
		}
		if c.Status == corev1.ConditionTrue {
			return ""
		}
		return c.Reason + ": " + c.Message
	}
	return "the kubelet has not reported"
}

// deploymentReady is content with one pod: the cluster's DNS then answers.
func deploymentReady(object k8s.Object) bool {
	deployment, ok := object.(*appsv1.Deployment)
	return ok && deployment.Status.ReadyReplicas >= 1
}

func daemonSetReady(nodes int) func(k8s.Object) bool {
	return func(object k8s.Object) bool {
		set, ok := object.(*appsv1.DaemonSet)
		return ok && int(set.Status.DesiredNumberScheduled) >= nodes && set.Status.NumberReady == set.Status.DesiredNumberScheduled
	}
}

// describe tells, in one line, what of the cluster is not ready.
func describe(ctx context.Context, client *resources.Resources) string {
	var nodes corev1.NodeList
	var pods corev1.PodList
	err := errors.Join(client.List(ctx, &nodes), client.WithNamespace(systemNamespace).List(ctx, &pods))
	if err != nil {
		return "the API server says " + err.Error()
	}
	var seen []string
	for i := range nodes.Items {
		if why := notReady(&nodes.Items[i]); why != "" {
			seen = append(seen, "node "+nodes.Items[i].Name+": "+why)
		}
	}
	for i := range pods.Items {
		if why := podNotReady(&pods.Items[i]); why != "" {
			seen = append(seen, "pod "+pods.Items[i].Name+": "+why)
		}
	}
	if len(seen) == 0 {
		return fmt.Sprintf("%d nodes and %d pods of %s, all of them ready by now; allow more time", len(nodes.Items), len(pods.Items), systemNamespace)
	}
	return strings.Join(seen, "; ")
}

// podNotReady says why a pod is not ready, and nothing when it is.
func podNotReady(pod *corev1.Pod) string {
	why := string(pod.Status.Phase)
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return ""
		}
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			why = c.Reason + ": " + c.Message
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.State.Waiting != nil:
			why = c.State.Waiting.Reason + ": " + c.State.Waiting.Message
		case c.State.Terminated != nil:
			why = c.State.Terminated.Reason
		case !c.Ready:
			why = "running, not ready"
		}
	}
	return why
}
