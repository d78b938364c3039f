package tracesim

import (
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// seen is a request as an application saw it.
type seen struct {
	request string
	headers map[string]string
}

// forwarded is what an application sends with one call, of the headers that it received.
func (s *simulation) forwarded(me traces.Service, received map[string]string) map[string]string {
	f, out := me.Forward, map[string]string{}
	if f.Mix {
		received = s.mixed(me.Name, received)
	}
	for name, value := range received {
		if !f.Drop && (len(f.Only) == 0 || slices.Contains(f.Only, name)) {
			out[name] = value
		}
	}
	if f.OwnID {
		out["x-request-id"] = s.uuid()
	}
	for name, value := range f.Rewrite {
		if out[name] = value; value == "" {
			delete(out, name)
		}
	}
	return out
}

// mixed are the headers of the request before this one, or its own where it is the first.
func (s *simulation) mixed(service string, received map[string]string) map[string]string {
	pair := s.seen[service]
	if pair[0].request != s.request {
		pair = [2]seen{{s.request, received}, pair[0]}
		s.seen[service] = pair
	}
	if pair[1].headers == nil {
		return received
	}
	return pair[1].headers
}

// computing is about how long a processor takes for so many decimals of Pi: a fifth of a
// second for 20,000 of them.
func computing(digits int) time.Duration { return time.Duration(digits*digits/2) * time.Nanosecond }
