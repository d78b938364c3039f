package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// sysResource is the capability that raising a limit and lowering an OOM score need.
const sysResource = "CAP_SYS_RESOURCE"

// object is a JSON object whose members are kept byte for byte unless replaced.
type object map[string]json.RawMessage

// capabilityNames are the names in the kernel's order: the index is the bit.
func capabilityNames() []string {
	return []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
		"CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
		"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
		"CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
		"CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", sysResource,
		"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
		"CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
		"CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
		"CAP_CHECKPOINT_RESTORE",
	}
}

// missing reads from /proc/self/status which capabilities the bounding set is without.
func missing(status []byte) (map[string]bool, error) {
	for line := range bytes.Lines(status) {
		value, found := bytes.CutPrefix(line, []byte("CapBnd:"))
		if !found {
			continue
		}
		bounding, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 16, 64)
		if err != nil {
			return nil, fmt.Errorf("bounding set: %w", err)
		}
		absent := map[string]bool{}
		for bit, name := range capabilityNames() {
			if bounding&(1<<bit) == 0 {
				absent[name] = true
			}
		}
		return absent, nil
	}
	return nil, errors.New("/proc/self/status has no line CapBnd")
}

// adaptConfig adapts the process of a bundle's configuration.
func adaptConfig(data []byte, lacking map[string]bool) ([]byte, error) {
	var config object
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, err
	}
	process, found := config["process"]
	if !found {
		return data, nil
	}
	adapted, err := adaptProcess(process, lacking)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	config["process"] = adapted
	return marshal(config)
}

// adaptProcess takes out of a process what the bounding set does not allow.
func adaptProcess(data []byte, lacking map[string]bool) ([]byte, error) {
	var process object
	if err := json.Unmarshal(data, &process); err != nil {
		return nil, err
	}
	if sets, found := process["capabilities"]; found {
		adapted, err := adaptCapabilities(sets, lacking)
		if err != nil {
			return nil, fmt.Errorf("capabilities: %w", err)
		}
		process["capabilities"] = adapted
	}
	if lacking[sysResource] {
		delete(process, "rlimits")
		if err := raiseScore(process); err != nil {
			return nil, fmt.Errorf("oomScoreAdj: %w", err)
		}
	}
	return marshal(process)
}

func adaptCapabilities(data []byte, lacking map[string]bool) ([]byte, error) {
	var sets map[string][]string
	if err := json.Unmarshal(data, &sets); err != nil {
		return nil, err
	}
	for name, set := range sets {
		sets[name] = slices.DeleteFunc(set, func(c string) bool { return lacking[c] })
	}
	return marshal(sets)
}

// raiseScore makes a negative OOM score zero: lowering it needs a capability.
func raiseScore(process object) error {
	data, found := process["oomScoreAdj"]
	if !found {
		return nil
	}
	var score *int
	if err := json.Unmarshal(data, &score); err != nil {
		return err
	}
	if score != nil && *score < 0 {
		process["oomScoreAdj"] = json.RawMessage("0")
	}
	return nil
}

// marshal keeps text as it was written: nothing is escaped that need not be.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
