package progress

import "time"

// Clock is the time that durations are measured by.
type Clock interface {
	Now() time.Time
	// Tick sends the time every d until stop is called.
	Tick(d time.Duration) (ticks <-chan time.Time, stop func())
}

// wall is the machine's own clock; its readings are monotonic.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Tick(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}
