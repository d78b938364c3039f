package images

// Set is what a cluster, its mesh and its applications run from.
type Set struct {
	// Node is the image of the cluster's nodes.
	Node Image `json:"node"`
	// Pilot, Proxy, Jaeger and App are the images of Istio's control plane, of its
	// sidecars and gateways, of the tracing backend and of the tested application.
	Pilot  Image `json:"pilot"`
	Proxy  Image `json:"proxy"`
	Jaeger Image `json:"jaeger"`
	App    Image `json:"app"`
	// Baked says that the node's image holds the others, so that no pull is needed and
	// none would succeed.
	Baked bool `json:"baked"`
	// IstioDir is the folder of Istio's module; its charts are in manifests/charts. It
	// is read-only and empty if the set was not built from source.
	IstioDir string `json:"istioDir"`
	// RuncShim is the program that an engine can use as its runtime where root lacks
	// capabilities. It is empty if the set was not built from source.
	RuncShim string `json:"runcShim"`
	// Versions names what the images are made of, by component.
	Versions map[string]string `json:"versions"`
}

// Image is one container image.
type Image struct {
	// Ref is what a pod or an engine calls it.
	Ref string `json:"ref"`
	// Digest is that of its manifest, ID that of its configuration, which is what an
	// engine calls the image's id. Both start with `sha256:` and are empty where only a
	// registry knows them.
	Digest string `json:"digest,omitempty"`
	ID     string `json:"id,omitempty"`
	// Archive is the image in the format of `docker save`. Only a node that was built
	// from source has one.
	Archive string `json:"archive,omitempty"`
	// Size is the number of bytes of its layers, which are not compressed.
	Size int64 `json:"size,omitempty"`
}

// Mesh returns the images that run in pods, by name.
func (s *Set) Mesh() map[string]Image {
	return map[string]Image{"pilot": s.Pilot, "proxy": s.Proxy, "jaeger": s.Jaeger, "app": s.App}
}

// Digests returns the digest of each image that has one, by name, as reports keep it.
func (s *Set) Digests() map[string]string {
	digests := map[string]string{}
	all := s.Mesh()
	all["node"] = s.Node
	for name, image := range all {
		if image.Digest != "" {
			digests[name] = image.Digest
		}
	}
	return digests
}
