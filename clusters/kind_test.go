package clusters

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kind/pkg/exec"

	"github.com/throughline/throughline/clusters/engine"
)

// users is an engine of the user's; nothing here asks it anything.
func users() *engine.Engine { return &engine.Engine{} }

func TestAKindClusterIsRefused(t *testing.T) {
	good := KindConfig{Name: "a", Dir: "/x", Engine: users(), NodeImage: "i"}
	cases := map[string]struct {
		spoil func(*KindConfig)
		says  string
	}{
		"without a name":                   {func(c *KindConfig) { c.Name = "" }, "no name"},
		"without an engine":                {func(c *KindConfig) { c.Engine = nil }, "no engine"},
		"without an image":                 {func(c *KindConfig) { c.NodeImage = "" }, "no node image"},
		"in a relative folder":             {func(c *KindConfig) { c.Dir = "x" }, "absolute"},
		"with fewer than no workers":       {func(c *KindConfig) { c.Workers = -1 }, "0 or more"},
		"with workers and its own network": {func(c *KindConfig) { c.Workers, c.OwnNetwork = 1, true }, "serves one node"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			bad := good
			c.spoil(&bad)
			if _, err := newKindCluster(bad); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
	if _, err := newKindCluster(good); err != nil {
		t.Errorf("a good one gave %v", err)
	}
}

func TestThePlanPatchesOnlyWhatIsNeeded(t *testing.T) {
	k := &kindCluster{config: KindConfig{Name: "a", Engine: users(), Workers: 1}}
	plain := k.plan(engine.Info{CgroupVersion: "2"}, 6443)
	if len(plain.Nodes) != 2 || plain.Networking.DisableDefaultCNI || len(plain.KubeadmConfigPatches)+len(plain.FeatureGates) != 0 {
		t.Errorf("an engine with cgroup v2 and an official image need no patch, got %+v", plain)
	}
	if plain.Networking.APIServerPort != 6443 || plain.Networking.APIServerAddress != "127.0.0.1" {
		t.Errorf("the API server is at %s:%d", plain.Networking.APIServerAddress, plain.Networking.APIServerPort)
	}
	k.config.OwnNetwork = true
	patched := k.plan(engine.Info{CgroupVersion: "1"}, 0)
	if !patched.Networking.DisableDefaultCNI || len(patched.KubeadmConfigPatches) != 1 {
		t.Errorf("cgroup v1 and an image with its own network need a patch each, got %+v", patched)
	}
}

func TestTheEnvironmentIsPutBack(t *testing.T) {
	t.Setenv("THROUGHLINE_TEST_SET", "before")
	t.Setenv("THROUGHLINE_TEST_CLEARED", "before")
	want := errors.New("what fn returns")
	err := withEnvironment([]string{"THROUGHLINE_TEST_SET=a=b", "THROUGHLINE_TEST_CLEARED=", "THROUGHLINE_TEST_NEW=x"}, func() error {
		if got := os.Getenv("THROUGHLINE_TEST_SET") + os.Getenv("THROUGHLINE_TEST_NEW"); got != "a=bx" {
			t.Errorf("within, the variables are %q", got)
		}
		if _, set := os.LookupEnv("THROUGHLINE_TEST_CLEARED"); set {
			t.Error("within, the cleared variable is set")
		}
		return want
	})
	if !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if got := os.Getenv("THROUGHLINE_TEST_SET") + os.Getenv("THROUGHLINE_TEST_CLEARED"); got != "beforebefore" {
		t.Errorf("after, the variables are %q", got)
	}
	if _, set := os.LookupEnv("THROUGHLINE_TEST_NEW"); set {
		t.Error("after, the new variable is still set")
	}
}

func TestAMarkSurvivesAndHalfAMarkIsNone(t *testing.T) {
	k := &kindCluster{config: KindConfig{Name: "a", Dir: filepath.Join(t.TempDir(), "new"), NodeImage: "i"}}
	if got, err := k.readMark(); got != nil || err != nil {
		t.Fatalf("nothing there was read as %v, %v", got, err)
	}
	want := k.mark("engine")
	if err := k.writeMark(want); err != nil {
		t.Fatal(err)
	}
	if got, err := k.readMark(); err != nil || got == nil || *got != want {
		t.Errorf("read %v, %v; want %v", got, err, want)
	}
	if err := os.WriteFile(k.markPath(), []byte(`{"name":"a`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := k.readMark(); got != nil || err != nil {
		t.Errorf("half a mark was read as %v, %v", got, err)
	}
	if err := errors.Join(k.removeFiles(), k.removeFiles()); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(k.config.Dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestKindsErrorCarriesWhatItsCommandPrinted(t *testing.T) {
	err := explained(&exec.RunError{Command: []string{"docker"}, Output: []byte("first\nno space left on device\n"), Inner: errors.New("exit status 1")})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
	}
	if explained(nil) != nil {
		t.Error("no error was explained")
	}
}

type notes struct{ said []string }

func (n *notes) Step(string) func(error) { return func(error) {} }
func (n *notes) Note(text string)        { n.said = append(n.said, text) }

func TestKindsLogBecomesPlainNotes(t *testing.T) {
	var n notes
	l := logger{&n}
	l.V(0).Infof(" • %s  ...\n", "Preparing nodes 📦 ")
	l.V(0).Infof(" ✓ %s\n", "Preparing nodes 📦 ")
	l.V(1).Info("debug")
	l.V(0).Info("")
	l.Warn("careful\x1b[0m")
	want := []string{"kind: Preparing nodes", "kind: careful [0m"}
	if diff := cmp.Diff(want, n.said); diff != "" {
		t.Error(diff)
	}
}

func TestWhyAPodOrNodeIsNotReady(t *testing.T) {
	ready := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue}
	pods := map[string]struct {
		status corev1.PodStatus
		want   string
	}{
		"ready": {corev1.PodStatus{Conditions: []corev1.PodCondition{ready}}, ""},
		"no node takes it": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes"},
		}}, "Unschedulable: 0/1 nodes"},
		"its image is not there": {corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{
			{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "coredns"}}},
		}}, "ImagePullBackOff: coredns"},
		"it runs": {corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{}}}, "running, not ready"},
	}
	for name, c := range pods {
		t.Run(name, func(t *testing.T) {
			if got := podNotReady(&corev1.Pod{Status: c.status}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if got := notReady(&corev1.Node{}); got == "" {
		t.Error("a node that has not reported counts as ready")
	}
}

func TestADaemonSetThatNobodyScheduledIsNotReady(t *testing.T) {
	is := daemonSetReady(1)
	if is(&appsv1.DaemonSet{}) {
		t.Error("no pod of none counts as ready")
	}
	if !is(&appsv1.DaemonSet{Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 1, NumberReady: 1}}) {
		t.Error("one of one does not count as ready")
	}
}
