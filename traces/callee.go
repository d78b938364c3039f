package traces

import "strings"

// BareSuffix ends the workload name of a service's twin without a sidecar: the
// service `cart` without one is reached as `cart-bare`, and is `cart` everywhere else.
const BareSuffix = "-bare"

// RelaySuffix ends the name by which a service is called through its relay: `cart-relay`
// leads to `cart`, and the proxies of its callers know no other name.
const RelaySuffix = "-relay"

// Callee is the service that a CLIENT span called, as far as the span says: from
// the cluster that its proxy chose, from its name (`cart.shop.svc.cluster.local:8080/*`)
// or from the host of its URL (http.url, url.full, server.address). It is "" where none of them tells, and for other kinds.
func (s *Span) Callee() string {
	if s.Kind != Client {
		return ""
	}
	name := s.Tags.callee
	if name == "" {
		name = hostOfClusters(s.Tags.Get(tagClusterName), s.Tags.Get(tagCluster))
	}
	if name != "" {
		return name
	}
	if host, _, found := strings.Cut(s.Name, ".svc."); found {
		return serviceOfHost(host)
	}
	for _, tag := range []string{"http.url", "url.full"} {
		if _, rest, found := strings.Cut(s.Tags.Get(tag), "://"); found {
			host, _, _ := strings.Cut(rest, "/")
			return serviceOfHost(host)
		}
	}
	return serviceOfHost(s.Tags.Get("server.address"))
}

// The tags that name the cluster to which a proxy sent a request.
const (
	tagClusterName = "upstream_cluster.name"
	tagCluster     = "upstream_cluster"
)

// hostOfClusters is the service of the first of the clusters that names one, or "".
func hostOfClusters(clusters ...string) string {
	for _, cluster := range clusters {
		if name := hostOfCluster(cluster); name != "" {
			return name
		}
	}
	return ""
}

// hostOfCluster reads `outbound|8080|v1|cart.shop.svc.cluster.local`.
func hostOfCluster(cluster string) string {
	rest, outbound := strings.CutPrefix(cluster, "outbound|")
	if !outbound {
		rest, outbound = strings.CutPrefix(cluster, "outbound_.")
	}
	if !outbound {
		return ""
	}
	i := strings.LastIndexAny(rest, "|_")
	return serviceOfHost(strings.TrimPrefix(rest[i+1:], "."))
}

func serviceOfHost(host string) string {
	host, _, _ = strings.Cut(host, ":")
	name, _, _ := strings.Cut(host, ".")
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		return ""
	}
	return plainName(name)
}

// plainName is a workload's service name, whichever of the twins it is, and the relay before it.
func plainName(workload string) string {
	return strings.TrimSuffix(strings.TrimSuffix(workload, RelaySuffix), BareSuffix)
}
