package clusters

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// mark is written before a cluster is made and removed after it is deleted: a
// cluster of its name in its engine is ours, whatever became of the run.
type mark struct {
	Name      string `json:"name"`
	EngineID  string `json:"engineID"`
	NodeImage string `json:"nodeImage"`
	Workers   int    `json:"workers"`
	Kept      bool   `json:"kept"`
}

func (m mark) String() string {
	return fmt.Sprintf("%s in engine %.12s from %s with %d workers", m.Name, m.EngineID, m.NodeImage, m.Workers)
}

func (k *kindCluster) mark(engineID string) mark {
	return mark{Name: k.config.Name, EngineID: engineID, NodeImage: k.config.NodeImage, Workers: k.config.Workers}
}

func (k *kindCluster) markPath() string   { return filepath.Join(k.config.Dir, "cluster.json") }
func (k *kindCluster) kubeconfig() string { return filepath.Join(k.config.Dir, "kubeconfig") }

// readMark gives nil when there is none. Half a mark, of a run that was killed
// as it wrote it, is none: nothing had been made yet.
func (k *kindCluster) readMark() (*mark, error) {
	data, err := os.ReadFile(k.markPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mark of cluster %s: %w", k.config.Name, err)
	}
	var m mark
	if json.Unmarshal(data, &m) != nil {
		return nil, nil //nolint:nilerr // Said above: half a mark is none.
	}
	return &m, nil
}

// writeMark replaces the mark whole: whoever is killed meanwhile leaves the old
// one or the new.
func (k *kindCluster) writeMark(m mark) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err = os.MkdirAll(k.config.Dir, 0o700); err != nil {
		return err
	}
	half := k.markPath() + ".new"
	if err = os.WriteFile(half, data, 0o600); err != nil {
		return err
	}
	return os.Rename(half, k.markPath())
}

// removeFiles removes the kubeconfig, with the lock on it that a killed run may
// have left, and then the mark.
func (k *kindCluster) removeFiles() error {
	var errs []error
	for _, path := range []string{k.kubeconfig(), k.kubeconfig() + ".lock", k.markPath() + ".new", k.markPath()} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
