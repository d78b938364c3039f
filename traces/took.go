package traces

import "time"

// forEver is how long a service works that waits for its caller to go away: longer than
// any caller's patience, and short enough to be added up.
const forEver time.Duration = 1 << 50

// took is how long a service works on one request at least, the slowest of its versions.
func (d *derivation) took(s Service) time.Duration {
	if known, ok := d.worked[s.Name]; ok {
		return known
	}
	longest := stepsTook(s.Steps, d.tookCall)
	for _, v := range s.Versions {
		longest = max(longest, stepsTook(v.Steps, d.tookCall))
	}
	if s.Work.Early {
		longest = 0
	}
	d.worked[s.Name] = s.Work.Delay + longest
	if s.Work.Fault == Hang {
		d.worked[s.Name] = forEver
	}
	return d.worked[s.Name]
}

func stepsTook(steps []Step, call func(Call) time.Duration) time.Duration {
	total := time.Duration(0)
	for _, step := range steps {
		longest := time.Duration(0)
		for _, c := range step {
			longest = max(longest, call(c))
		}
		total += longest
	}
	return total
}

func (d *derivation) tookCall(c Call) time.Duration {
	took, route := d.took(d.services[c.To]), d.routes[c.To]
	if route.Abort != 0 {
		took = 0
	}
	if route.Timeout > 0 {
		took = min(took, route.Timeout)
	}
	return route.Delay + took
}
