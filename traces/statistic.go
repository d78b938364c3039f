package traces

// Statistic is one test of a hypothesis, as it came out.
type Statistic struct {
	// Test says what was tested, as "share of sampled requests" or "runs of decisions".
	Test string `json:"test"`
	// N is how many observations it is of.
	N int `json:"n"`
	// P is the p-value, Alpha what it was held against; an Alpha of 0 is that of a test
	// which leaves nothing to chance and gives no false alarm.
	P     float64 `json:"p"`
	Alpha float64 `json:"alpha"`
	// Misses is the probability with which it overlooks Against, the deviation that the
	// check's control makes; Against is empty where that is not known.
	Misses  float64 `json:"misses,omitempty"`
	Against string  `json:"against,omitempty"`
}

// Measure is a quantity that a judge reports without a verdict on it.
type Measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Unit is that of Value, as "s" or "requests/s".
	Unit string `json:"unit"`
}
