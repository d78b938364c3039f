package traces

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Validate says everything that is wrong with the topology, joined into one
// error, or nil. Each line names the place, what was expected and what to do.
func (t Topology) Validate() error {
	v := validation{topology: t, known: map[string]int{}}
	v.name("name", t.Name)
	for i, s := range t.Services {
		v.service(i, s)
	}
	v.entry()
	for i, s := range t.Services {
		v.calls(i, s)
	}
	v.routes()
	v.cycles()
	return errors.Join(v.errs...)
}

type validation struct {
	topology Topology
	known    map[string]int
	errs     []error
}

func (v *validation) fail(place, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("topology %s: %s: %s",
		Printable(v.topology.Name), place, fmt.Sprintf(format, args...)))
}

func (v *validation) name(place, name string) {
	if len(name) > 63 || !regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`).MatchString(name) {
		v.fail(place, "%q is not a DNS label; use at most 63 lower-case letters, digits and inner hyphens", name)
	}
}

func (v *validation) service(i int, s Service) {
	place := fmt.Sprintf("services[%d]", i)
	v.name(place+".name", s.Name)
	if s.Namespace != "" {
		v.name(place+".namespace", s.Namespace)
	}
	if s.Name == ClientService {
		v.fail(place+".name", "%q is the load client's name; choose another", s.Name)
	}
	if strings.HasSuffix(s.Name, BareSuffix) {
		v.fail(place+".name", "%q ends in %q, which marks the twin without a sidecar; choose another, or set Bare", s.Name, BareSuffix)
	}
	if strings.HasSuffix(s.Name, RelaySuffix) {
		v.fail(place+".name", "%q ends in %q, which marks the relay before a service; choose another", s.Name, RelaySuffix)
	}
	if first, dup := v.known[s.Name]; dup {
		v.fail(place+".name", "%q is already services[%d]; list every service once", s.Name, first)
	} else {
		v.known[s.Name] = i
	}
	v.place(place, s)
	v.form(place+".form", s)
	v.versions(place, s)
	s.Forward.complain(v.at(place + ".forward"))
	s.Work.complain(v.at(place + ".work"))
}

// at takes complaints about the value at a place.
func (v *validation) at(place string) complaint {
	return func(field, format string, args ...any) { v.fail(place+field, format, args...) }
}

// place checks where a service stands in the mesh.
func (v *validation) place(place string, s Service) {
	if s.Gateway {
		one := len(s.Steps) == 1 && len(s.Steps[0]) == 1 && s.Steps[0][0].Shape == Shape{}
		if s.Bare || !one || len(s.Versions) > 0 || s.SDK != NoSDK || s.Work != (Work{}) || !s.Forward.Plain() || s.Form != (Form{}) {
			v.fail(place+".gateway", "a gateway has a proxy, one call, and no application; give it one step of one call and nothing else")
		}
	}
	if s.Host != "" {
		if label, rest, _ := strings.Cut(s.Host, "."); label != s.Name || rest == "" {
			v.fail(place+".host", "%q does not begin with %q; name the service after the first label of its host", s.Host, s.Name+".")
		}
		if !s.Bare {
			v.fail(place+".host", "a service outside the mesh has no sidecar; set Bare")
		}
	}
	switch s.SDK {
	case NoSDK, ExportingSDK, SilentSDK:
	default:
		v.fail(place+".sdk", "unknown SDK %q; use %s or %s, or leave it out", string(s.SDK), ExportingSDK, SilentSDK)
	}
}

func (v *validation) versions(place string, s Service) {
	if len(s.Versions) == 0 {
		return
	}
	if len(s.Versions) == 1 || len(s.Steps) > 0 {
		v.fail(place+".versions", "give at least two versions, and the calls to each of them in place of steps")
	}
	sum := 0
	names := map[string]bool{}
	for i, version := range s.Versions {
		v.name(fmt.Sprintf("%s.versions[%d].name", place, i), version.Name)
		if names[version.Name] {
			v.fail(fmt.Sprintf("%s.versions[%d].name", place, i), "%q is there twice; list every version once", version.Name)
		}
		names[version.Name] = true
		if version.Weight <= 0 {
			v.fail(fmt.Sprintf("%s.versions[%d].weight", place, i), "%d is not above 0; leave a version without calls out", version.Weight)
		}
		sum += version.Weight
	}
	if sum != 100 {
		v.fail(place+".versions", "the weights sum to %d; make it 100", sum)
	}
}

func (v *validation) entry() {
	switch _, ok := v.known[v.topology.Entry]; {
	case v.topology.Entry == "":
		v.fail("entry", "missing; name the service that the client calls%s", v.choices())
	case !ok:
		v.fail("entry", "unknown service %q%s", v.topology.Entry, v.choices())
	}
	v.protocol("entryProtocol", v.topology.EntryProtocol)
	entry := Call{To: v.topology.Entry, Protocol: v.topology.EntryProtocol, Shape: v.topology.EntryShape}
	v.shape("entryShape", entry)
	v.relayed("entryShape", entry)
}

func (v *validation) choices() string {
	if len(v.topology.Services) == 0 {
		return "; the topology has no services"
	}
	names := make([]string, 0, len(v.known))
	for name := range v.known {
		names = append(names, Printable(name))
	}
	slices.Sort(names)
	return "; there are " + strings.Join(names, ", ")
}

func (v *validation) protocol(place string, p Protocol) {
	switch p {
	case "", HTTP, HTTP10, H2C, GRPC, GRPCStream, TCP:
	default:
		v.fail(place, "unknown protocol %q; use http, http/1.0, h2c, grpc, grpc-stream or tcp", string(p))
	}
}

// shape checks what a call looks like, and that its callee listens for it.
func (v *validation) shape(place string, c Call) {
	c.Shape.complain(c.Protocol, v.at(place))
	i, ok := v.known[c.To]
	if !ok || !c.Shape.Second {
		return
	}
	if callee := v.topology.Services[i]; !callee.Form.TwoPorts || callee.Gateway {
		v.fail(place+".second", "%s has no second port; set TwoPorts of its form, or call the first", Printable(c.To))
	}
}

func (v *validation) calls(i int, s Service) {
	place := fmt.Sprintf("services[%d]", i)
	v.steps(place, s.Steps)
	for j, version := range s.Versions {
		v.steps(fmt.Sprintf("%s.versions[%d]", place, j), version.Steps)
	}
}

func (v *validation) steps(of string, steps []Step) {
	for j, step := range steps {
		for k, call := range step {
			place := fmt.Sprintf("%s.steps[%d][%d]", of, j, k)
			if _, ok := v.known[call.To]; !ok {
				v.fail(place+".to", "unknown service %q%s", call.To, v.choices())
			}
			v.protocol(place+".protocol", call.Protocol)
			v.relayed(place+".shape", call)
			if i, ok := v.known[call.To]; ok && call.Protocol == TCP && v.topology.Services[i].Gateway {
				v.fail(place+".protocol", "a gateway speaks HTTP; call it over http or grpc")
			}
			v.shape(place+".shape", call)
		}
	}
}

func (v *validation) routes() {
	first := map[string]int{}
	for i, r := range v.topology.Routes {
		place := fmt.Sprintf("routes[%d]", i)
		if _, ok := v.known[r.To]; !ok {
			v.fail(place+".to", "unknown service %q%s", r.To, v.choices())
		}
		if j, twice := first[r.To]; twice {
			v.fail(place+".to", "%q has a route already, routes[%d]; say it all in one", r.To, j)
		}
		first[r.To] = i
		if _, ok := v.known[r.Mirror]; r.Mirror != "" && (!ok || r.Mirror == r.To) {
			v.fail(place+".mirror", "%q is not another service%s", r.Mirror, v.choices())
		}
		if r.Retries < 0 || r.Timeout < 0 || r.Delay < 0 {
			v.fail(place, "negative retries, timeout or delay; give 0 or more")
		}
		if r.Abort != 0 && (r.Abort < 200 || r.Abort > 599) {
			v.fail(place+".abort", "%d is no final HTTP status; give 200 to 599, or 0", r.Abort)
		}
		if r.Timeout > 0 && r.Retries > 0 {
			v.fail(place, "both retries and a timeout; how many tries fit is chance, so give one of them")
		}
	}
}

// Validate says everything that is wrong with the mesh, joined into one error, or nil.
func (m Mesh) Validate() error {
	var errs []error
	fail := func(place, format string, args ...any) {
		errs = append(errs, fmt.Errorf("mesh: %s: %s", place, fmt.Sprintf(format, args...)))
	}
	rule := func(place string, r Rule) {
		switch r.Provider {
		case "", OpenTelemetry, Zipkin, ZipkinW3C:
		default:
			fail(place+".provider", "unknown provider %q; use %s, %s or %s", string(r.Provider), OpenTelemetry, Zipkin, ZipkinW3C)
		}
		if r.Sampling.Set && !(r.Sampling.Percent >= 0 && r.Sampling.Percent <= 100) {
			fail(place+".sampling", "%g is not from 0 to 100; give a percentage", r.Sampling.Percent)
		}
		if r.Side != "" && r.Side != Client && r.Side != Server {
			fail(place+".side", "%q is no side; use %s or %s, or leave it out for both", string(r.Side), Client, Server)
		}
		for _, name := range slices.Sorted(maps.Keys(r.Tags)) {
			if err := r.Tags[name].check(name); err != nil {
				fail(place+".tags", "%v", err)
			}
		}
	}
	rule("mesh-wide", Rule{Provider: m.Provider, Sampling: m.Sampling})
	for i, r := range m.Rules {
		rule(fmt.Sprintf("rules[%d]", i), r)
	}
	for i, t := range m.Telemetries {
		if t.Namespace == "" {
			fail(fmt.Sprintf("telemetries[%d].namespace", i), "missing; what holds for the whole mesh goes into Provider, Sampling and Rules")
		}
		for j, r := range t.Rules {
			rule(fmt.Sprintf("telemetries[%d].rules[%d]", i, j), r)
		}
	}
	return errors.Join(errs...)
}

// callees are all that a service may call, in any of its versions, and the mirrors of those.
func (v *validation) callees(s Service) []string {
	all := slices.Clone(s.Steps)
	for _, version := range s.Versions {
		all = append(all, version.Steps...)
	}
	var names []string
	for _, call := range slices.Concat(all...) {
		names = append(names, call.To)
		for _, r := range v.topology.Routes {
			if r.To == call.To && r.Mirror != "" {
				names = append(names, r.Mirror)
			}
		}
	}
	return names
}

// cycles reports every service that calls itself, however many calls later.
func (v *validation) cycles() {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(v.topology.Services))
	var path []string
	var visit func(i int)
	visit = func(i int) {
		s := v.topology.Services[i]
		state[i] = open
		path = append(path, s.Name)
		for _, callee := range v.callees(s) {
			next, ok := v.known[callee]
			if !ok {
				continue
			}
			switch state[next] {
			case open:
				from := slices.Index(path, callee)
				v.fail("services", "the calls %s > %s never end; remove one",
					strings.Join(path[from:], " > "), callee)
			case unseen:
				visit(next)
			}
		}
		path = path[:len(path)-1]
		state[i] = done
	}
	for i, s := range v.topology.Services {
		if state[i] == unseen && v.known[s.Name] == i {
			visit(i)
		}
	}
}
