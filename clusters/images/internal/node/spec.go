package node

import (
	"encoding/json"
	"fmt"
)

// mountProductFiles is the hook by which kind hides the host's product name and id.
const mountProductFiles = "/kind/bin/mount-product-files.sh"

// editSpec adds kind's hook to a container spec and takes out limits, which the node's
// root may not be allowed to raise.
func editSpec(data []byte) ([]byte, error) {
	var spec, process map[string]json.RawMessage
	if err := json.Unmarshal(data, &spec); err != nil {
		return nil, fmt.Errorf("container spec: %w", err)
	}
	if err := json.Unmarshal(spec["process"], &process); err != nil {
		return nil, fmt.Errorf("container spec: process: %w", err)
	}
	delete(process, "rlimits")
	hooks := map[string][]json.RawMessage{}
	if raw, found := spec["hooks"]; found {
		if err := json.Unmarshal(raw, &hooks); err != nil {
			return nil, fmt.Errorf("container spec: hooks: %w", err)
		}
	}
	hook, err := json.Marshal(map[string]string{"path": mountProductFiles})
	if err != nil {
		return nil, err
	}
	hooks["createContainer"] = append(hooks["createContainer"], hook)
	if spec["process"], err = json.Marshal(process); err != nil {
		return nil, err
	}
	if spec["hooks"], err = json.Marshal(hooks); err != nil {
		return nil, err
	}
	return json.Marshal(spec)
}
