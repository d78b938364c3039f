package clusters

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
	"sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/exec"
	"sigs.k8s.io/kind/pkg/log"
)

const (
	// outputTail is how many lines of a command that kind ran an error carries.
	outputTail = 20
	// removePause is the time between two attempts to remove the nodes of a
	// cluster that is still being made.
	removePause = 500 * time.Millisecond
)

// kindCluster is one cluster of kind's. Its provider knows no context and reads
// the process's environment; what that takes is all here.
type kindCluster struct {
	config   KindConfig
	progress Progress
}

func (k *kindCluster) provider() *cluster.Provider {
	return cluster.NewProvider(cluster.ProviderWithDocker(), cluster.ProviderWithLogger(logger{k.progress}))
}

// clear deletes a cluster of this name that is ours and refuses any other.
func (k *kindCluster) clear(ctx context.Context, engineID string) error {
	left, err := k.readMark()
	if err != nil {
		return err
	}
	var there []string
	err = withEnvironment(k.environment(), func() error {
		there, err = k.provider().List()
		return err
	})
	if err != nil {
		return fmt.Errorf("list clusters: %w", explained(err))
	}
	if !slices.Contains(there, k.config.Name) {
		return errors.Join(k.config.Engine.Unforward(ctx), k.removeFiles())
	}
	if left == nil || left.Name != k.config.Name || left.EngineID != engineID {
		return fmt.Errorf("the engine has a cluster of this name that is not ours; choose another name, or delete it with `kind delete cluster --name %s`", k.config.Name)
	}
	k.progress.Note("delete cluster " + k.config.Name + ", left by an earlier run")
	return k.delete(ctx)
}

// create runs kind. Create knows no context: when ctx ends its nodes are removed
// under it until it gives up, and only then does create return.
func (k *kindCluster) create(ctx context.Context, plan *v1alpha4.Cluster) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return withEnvironment(k.environment(), func() error {
		made := make(chan error, 1)
		go func() {
			made <- k.provider().Create(k.config.Name,
				cluster.CreateWithV1Alpha4Config(plan),
				cluster.CreateWithNodeImage(k.config.NodeImage),
				cluster.CreateWithKubeconfigPath(k.kubeconfig()))
		}()
		select {
		case err := <-made:
			return explained(err)
		case <-ctx.Done():
			k.progress.Note("interrupted: removing the nodes of cluster " + k.config.Name)
			_ = k.abort(made) // That it failed is no news.
			return ctx.Err()
		}
	})
}

// abort removes the nodes again and again until Create has returned, as it may be
// about to start one, and gives what it returned.
func (k *kindCluster) abort(made <-chan error) error {
	ticker := time.NewTicker(removePause)
	defer ticker.Stop()
	for {
		// What is left after all is for the delete that follows.
		_ = k.provider().Delete(k.config.Name, k.kubeconfig())
		select {
		case err := <-made:
			return err
		case <-ticker.C:
		}
	}
}

// delete removes the cluster, the forwarders that led to it, and then its files.
// It is fine when there is none.
func (k *kindCluster) delete(ctx context.Context) error {
	deleted := make(chan error, 1)
	go func() {
		deleted <- withEnvironment(k.environment(), func() error {
			_ = os.Remove(k.kubeconfig() + ".lock") // A killed run's; nobody else uses this file.
			if err := k.provider().Delete(k.config.Name, k.kubeconfig()); err != nil {
				return err
			}
			nodes, err := k.provider().ListNodes(k.config.Name)
			if err == nil && len(nodes) > 0 {
				err = fmt.Errorf("%d nodes are still there", len(nodes))
			}
			return err
		})
	}()
	select {
	case err := <-deleted:
		if err != nil {
			return fmt.Errorf("delete cluster %s: %w", k.config.Name, explained(err))
		}
		return errors.Join(k.config.Engine.Unforward(ctx), k.removeFiles())
	case <-ctx.Done():
		return fmt.Errorf("delete cluster %s: %w; its nodes may still be there, the next run removes them", k.config.Name, ctx.Err())
	}
}

// environment is what kind's docker commands must see to reach the engine. The
// user's proxies and kind's own switches mean nothing in a private one.
func (k *kindCluster) environment() []string {
	env := k.config.Engine.Environ()
	if k.config.Engine.Private() {
		for _, key := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
			env = append(env, key+"=", strings.ToLower(key)+"=")
		}
		env = append(env, "KIND_EXPERIMENTAL_DOCKER_NETWORK=", "KIND_EXPERIMENTAL_CONTAINERD_SNAPSHOTTER=")
	}
	return env
}

// explained adds what the command printed that kind says has failed.
func explained(err error) error {
	if err == nil {
		return nil
	}
	failed := exec.RunErrorForError(err)
	if failed == nil || len(bytes.TrimSpace(failed.Output)) == 0 {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(failed.Output)), "\n")
	return fmt.Errorf("%w; its last lines:\n%s", err, strings.Join(lines[max(0, len(lines)-outputTail):], "\n"))
}

// logger passes kind's log on as notes.
type logger struct{ progress Progress }

var _ log.Logger = logger{}

func (l logger) Warn(message string)            { l.note(message) }
func (l logger) Warnf(format string, a ...any)  { l.note(fmt.Sprintf(format, a...)) }
func (l logger) Error(message string)           { l.note(message) }
func (l logger) Errorf(format string, a ...any) { l.note(fmt.Sprintf(format, a...)) }
func (l logger) Info(message string)            { l.note(message) }
func (l logger) Infof(format string, a ...any)  { l.note(fmt.Sprintf(format, a...)) }
func (l logger) Enabled() bool                  { return true }

func (l logger) V(level log.Level) log.InfoLogger {
	if level > 0 {
		return log.NoopInfoLogger{}
	}
	return l
}

// note says what kind begins; that it has ended shows by what comes next. What
// is not plain text of a line is left out.
func (l logger) note(message string) {
	if strings.ContainsAny(message, "✓✗") {
		return
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, message)
	if words := strings.Fields(plain); len(words) > 0 {
		l.progress.Note("kind: " + strings.TrimSuffix(strings.Join(words, " "), " ..."))
	}
}
