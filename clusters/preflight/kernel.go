package preflight

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"strings"
)

// feature is what a container engine asks of the kernel: any of the options will
// do, each with the module that it makes.
type feature struct {
	what    string
	options map[string]string
}

// kernel looks for what the engine asks of the kernel: in its configuration, or
// among its modules. A kernel that tells neither may still have it.
func kernel(m *Machine) Finding {
	config, modules := kernelConfig(m.Root), kernelModules(m.Root)
	var unsure []string
	for _, f := range []feature{
		{"overlay", map[string]string{"CONFIG_OVERLAY_FS": "overlay"}},
		{"bridge", map[string]string{"CONFIG_BRIDGE": "bridge"}},
		{"veth", map[string]string{"CONFIG_VETH": "veth"}},
		{"netfilter", map[string]string{"CONFIG_NF_TABLES": "nf_tables", "CONFIG_IP_NF_IPTABLES": "ip_tables", "CONFIG_IP_NF_IPTABLES_LEGACY": "ip_tables"}},
	} {
		found := false
		for option, module := range f.options {
			found = found || config[option] || modules[module]
		}
		if !found {
			unsure = append(unsure, f.what)
		}
	}
	if len(unsure) == 0 {
		return Finding{Name: "kernel", State: OK, Found: "overlay, bridge, veth and netfilter"}
	}
	return Finding{
		Name: "kernel", State: Warning, Found: "no sign of " + strings.Join(unsure, ", "),
		Next: "if the engine does not start, load it (modprobe) or use another kernel",
	}
}

// kernelConfig gives the options that are built in or modules.
func kernelConfig(root fs.FS) map[string]bool {
	text := read(root, "boot/config-"+release(root))
	if packed := read(root, "proc/config.gz"); packed != "" {
		if reader, err := gzip.NewReader(strings.NewReader(packed)); err == nil {
			var plain bytes.Buffer
			if _, err = io.Copy(&plain, io.LimitReader(reader, 16<<20)); err == nil {
				text = plain.String()
			}
		}
	}
	has := map[string]bool{}
	for line := range strings.Lines(text) {
		option, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if value == "y" || value == "m" {
			has[option] = true
		}
	}
	return has
}

// kernelModules gives the modules that are built in, loaded, or there to load.
func kernelModules(root fs.FS) map[string]bool {
	has := map[string]bool{}
	for _, list := range []string{"modules.builtin", "modules.dep"} {
		for line := range strings.Lines(read(root, path.Join("lib/modules", release(root), list))) {
			file, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			name, _, _ := strings.Cut(path.Base(file), ".ko")
			has[strings.ReplaceAll(name, "-", "_")] = true
		}
	}
	for line := range strings.Lines(read(root, "proc/modules")) {
		name, _, _ := strings.Cut(line, " ")
		has[name] = true
	}
	return has
}

func release(root fs.FS) string {
	return strings.TrimSpace(read(root, "proc/sys/kernel/osrelease"))
}
