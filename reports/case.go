package reports

// Case is how one case of a check ended that sends many at once and judges each by itself.
type Case struct {
	ID string `json:"id"`
	// Verdict is the judge's word for it, as "as specified" or "known deviation".
	Verdict string `json:"verdict"`
	// Observed and Expected are what came out and what had to.
	Observed string `json:"observed"`
	Expected string `json:"expected"`
	// Sent and Received are what was on the wire, line by line.
	Sent     []string `json:"sent,omitempty"`
	Received []string `json:"received,omitempty"`
	// Deviation names the known deviation that was expected, if one was.
	Deviation string `json:"deviation,omitempty"`
}
