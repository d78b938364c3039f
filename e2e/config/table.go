package config

// field is one setting: its key in the file, its flag, its help, and its place in a Config.
type field struct {
	key, flag, help string
	value           value
}

// table lists every setting, bound to c. It is the one place where a setting is declared.
func table(c *Config) []field {
	return []field{
		{"name", "name", "name of the cluster and its engine; two runs at once need two names", text(&c.Name)},
		{"provider", "provider", "where the cluster comes from", choice(&c.Provider, Kind, Existing)},
		{"kubeconfig", "kubeconfig", "kubeconfig file of the existing cluster (default $KUBECONFIG or ~/.kube/config)", text(&c.Kubeconfig)},
		{"context", "context", "kubeconfig context of the existing cluster; it must be named", text(&c.Context)},
		{"engine", "engine", "what runs under kind: the host's engine, the embedded one, or auto: the host's where one answers", choice(&c.Engine, EngineAuto, EngineEmbedded, EngineHost)},
		{"images", "images", "where images come from", choice(&c.Images, Source, Registry, Archive)},
		{"registry", "registry", "registry to pull from in place of the official ones; http:// in front means without TLS", text(&c.Registry)},
		{"sourceDir", "source-dir", "checkout of throughline that images are built from", text(&c.SourceDir)},
		{"cacheDir", "cache-dir", "folder of the cache (default $THROUGHLINE_CACHE, or throughline in the user's cache folder)", text(&c.CacheDir)},
		{"outDir", "out", "folder for results; each run has a folder in it", text(&c.OutDir)},
		{"keep", "keep", "leave the cluster after the run and print how to reach it", boolean(&c.Keep)},
		{"reuse", "reuse", "use a cluster again that was kept under this name; auto does where there is one", choice(&c.Reuse, Auto, Yes, No)},
		{"installDeps", "install-deps", "install missing Debian packages; auto does when run as root", choice(&c.InstallDeps, Auto, Yes, No)},
		{"check", "check", "run only these checks: ids, names and areas, separated by commas", list(&c.Checks)},
		{"labelFilter", "label-filter", "run only the specs that match this Ginkgo label filter", text(&c.LabelFilter)},
		{"repeat", "repeat", "do all checks this many times, each time in another order", integer(&c.Repeat)},
		{"alone", "alone", "send for each check by itself, also where it could be sent together with others", boolean(&c.Alone)},
		{"seed", "seed", "seed of the order of the checks; 0 draws one", integer(&c.Seed)},
		{"alpha", "alpha", "false-alarm rate of all statistical tests together", number(&c.Alpha)},
		{"proxyFlavour", "proxy-flavour", "which proxy the mesh runs (default upstream, and istio with images from a registry)", choice(&c.Flavour, Upstream, Istio)},
		{"timeouts.cluster", "timeout-cluster", "time for the cluster to be ready", duration(&c.Timeouts.Cluster)},
		{"timeouts.mesh", "timeout-mesh", "time for mesh, backend and workloads to be ready", duration(&c.Timeouts.Mesh)},
		{"timeouts.evidence", "timeout-evidence", "time for the evidence of one send to be complete", duration(&c.Timeouts.Evidence)},
		{"timeouts.check", "timeout-check", "time for one check or one control", duration(&c.Timeouts.Check)},
		{"versions", "versions", "other versions of components, as envoy=1.39.3,jaeger=2.12.0", list(&c.Versions)},
		{"envoy", "envoy", "proxy binary to test in place of the catalogue's", text(&c.Envoy)},
		{"dryRun", "dry-run", "print what would happen and do nothing", boolean(&c.DryRun)},
		{"output", "output", "form in which results are printed", choice(&c.Output, Text, JSON)},
	}
}
