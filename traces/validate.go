package traces

import (
	"errors"
	"fmt"
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
	if first, dup := v.known[s.Name]; dup {
		v.fail(place+".name", "%q is already services[%d]; list every service once", s.Name, first)
	} else {
		v.known[s.Name] = i
	}
	if s.Work.Delay < 0 {
		v.fail(place+".work.delay", "%s is negative; give 0 or more", s.Work.Delay)
	}
	if st := s.Work.Status; st != 0 && (st < 200 || st > 599) {
		v.fail(place+".work.status", "%d is no final HTTP status; give 200 to 599, or 0", st)
	}
	if s.Forward.Drop && len(s.Forward.Only) > 0 {
		v.fail(place+".forward", "both Drop and Only are set; set one")
	}
	for j, h := range s.Forward.Only {
		if h == "" || h != strings.ToLower(h) {
			v.fail(fmt.Sprintf("%s.forward.only[%d]", place, j), "%q is not a header name in lower case", h)
		}
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
	case "", HTTP, GRPC, TCP:
	default:
		v.fail(place, "unknown protocol %q; use http, grpc or tcp", string(p))
	}
}

func (v *validation) calls(i int, s Service) {
	for j, step := range s.Steps {
		for k, call := range step {
			place := fmt.Sprintf("services[%d].steps[%d][%d]", i, j, k)
			if _, ok := v.known[call.To]; !ok {
				v.fail(place+".to", "unknown service %q%s", call.To, v.choices())
			}
			v.protocol(place+".protocol", call.Protocol)
		}
	}
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
		for _, step := range s.Steps {
			for _, call := range step {
				next, ok := v.known[call.To]
				if !ok {
					continue
				}
				switch state[next] {
				case open:
					from := slices.Index(path, call.To)
					v.fail("services", "the calls %s > %s never end; remove one",
						strings.Join(path[from:], " > "), call.To)
				case unseen:
					visit(next)
				}
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
