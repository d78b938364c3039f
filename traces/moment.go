package traces

import (
	"cmp"
	"slices"
	"time"
)

// The arithmetic of times takes in nanoseconds since 1970 up to latest, in the year
// 2116, and durations up to longest, 73 years. What lies outside is cut to them.
// Within them no sum of a time and a duration, and no difference, overflows.
const (
	latest  time.Duration = 1 << 62
	longest time.Duration = 1<<61 - 1
)

// Resolution is by how much two recorded times of one clock may contradict their
// order. The zipkin tracer keeps whole microseconds: a start loses less than one, an
// end (a start and a duration, each cut) less than two. Both ends lie on that grid,
// so that an end may come out one microsecond before an end that it follows.
const Resolution = time.Microsecond

// stretch is the time from one moment to another, in nanoseconds since 1970.
type stretch struct{ from, to time.Duration }

func (s stretch) length() time.Duration { return s.to - s.from }

// clipped is the part of s inside w; its length is not positive where there is none.
func (s stretch) clipped(w stretch) stretch {
	return stretch{max(s.from, w.from), min(s.to, w.to)}
}

// stretch is when the span was open.
func (s *Span) stretch() stretch {
	from := moment(s.Start)
	return stretch{from, from + min(max(s.Duration, -longest), longest)}
}

func moment(t time.Time) time.Duration {
	switch seconds := t.Unix(); {
	case seconds < 0:
		return 0
	case seconds >= int64(latest/time.Second):
		return latest
	default:
		return time.Duration(t.UnixNano())
	}
}

// union is how much time the stretches cover together. It sorts them.
func union(parts []stretch) time.Duration {
	slices.SortFunc(parts, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var sum, until time.Duration
	for i, p := range parts {
		if i == 0 || p.from > until {
			until = p.from
		}
		if p.to > until {
			sum += p.to - until
			until = p.to
		}
	}
	return sum
}

// plus is a + b, cut to longest either way.
func plus(a, b time.Duration) time.Duration {
	return min(max(min(max(a, -longest), longest)+min(max(b, -longest), longest), -longest), longest)
}
