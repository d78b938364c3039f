package traces

// Finding is one way in which the observed differs from the expected, in the
// user's terms. Findings of one cause on many requests are one Finding with a Count.
type Finding struct {
	Kind FindingKind `json:"kind"`
	// Service is the service that the finding is about; with Kind it is what a
	// negative control must reproduce.
	Service string `json:"service,omitempty"`
	// Observed, Expected, Why and Next are the fixed parts of a failure text.
	// Why is empty where the evidence does not decide: then Candidates are the causes
	// that remain, and Next says what would tell them apart.
	Observed   string   `json:"observed"`
	Expected   string   `json:"expected"`
	Why        string   `json:"why,omitempty"`
	Candidates []string `json:"candidates,omitempty"`
	Next       string   `json:"next,omitempty"`
	// Count is how many requests show it; Requests and Traces name the first few.
	Count    int      `json:"count,omitempty"`
	Requests []string `json:"requests,omitempty"`
	Traces   []string `json:"traces,omitempty"`
}

// FindingKind says in one word what is wrong.
type FindingKind string

// The kinds of finding.
const (
	// MissingTrace: nothing of the request's trace was stored.
	MissingTrace FindingKind = "missing-trace"
	// UnexpectedTrace: a trace was stored where none may be.
	UnexpectedTrace FindingKind = "unexpected-trace"
	// SplitTrace: Service's outgoing calls began a trace of their own.
	SplitTrace FindingKind = "split-trace"
	// JoinedTrace: two traces were expected, split at Service, and one was found.
	JoinedTrace FindingKind = "joined-trace"
	// MissingSpan: spans of Service are not there.
	MissingSpan FindingKind = "missing-span"
	// UnexpectedSpan: Service has spans that must not be.
	UnexpectedSpan FindingKind = "unexpected-span"
	// WrongParent: a span of Service hangs below another span than it must.
	WrongParent FindingKind = "wrong-parent"
	// DuplicateSpan: one span id was stored more than once.
	DuplicateSpan FindingKind = "duplicate-span"
	// MalformedTrace: the spans of a trace make no tree (cycle, zero id, unknown parent).
	MalformedTrace FindingKind = "malformed-trace"
	// WrongStatus: a span of Service has another status or error flag than it must.
	WrongStatus FindingKind = "wrong-status"
	// WrongOrigin: the error began at Service, and not where it was caused.
	WrongOrigin FindingKind = "wrong-origin"
	// WrongFlags: a span of Service has other response flags than it must.
	WrongFlags FindingKind = "wrong-flags"
	// WrongName: a span of Service has another operation name than it must, or its proxy
	// names Service otherwise.
	WrongName FindingKind = "wrong-name"
	// WrongTag: a tag of a span of Service has another value than it must.
	WrongTag FindingKind = "wrong-tag"
	// MissingTag: a span of Service lacks a tag.
	MissingTag FindingKind = "missing-tag"
	// UnexpectedTag: a span of Service has a tag that it must not have, or has one twice.
	UnexpectedTag FindingKind = "unexpected-tag"
	// LeakedValue: a span of Service holds what a request carried in confidence.
	LeakedValue FindingKind = "leaked-value"
	// WrongRate: the share of sampled requests contradicts the configured rate, or those
	// of the outcomes their probabilities.
	WrongRate FindingKind = "wrong-rate"
	// BiasedSample: which requests were sampled depends on how long they took.
	BiasedSample FindingKind = "biased-sample"
	// PatternedSample: which requests were sampled follows a pattern.
	PatternedSample FindingKind = "patterned-sample"
	// WrongDecision: a hop carried another sampling decision than it must.
	WrongDecision FindingKind = "wrong-decision"
	// WrongHeader: the application of Service, or the proxies before it, changed a header
	// that must pass unchanged.
	WrongHeader FindingKind = "wrong-header"
	// WrongContext: the proxy of Service made of a context on the wire something else than
	// it must.
	WrongContext FindingKind = "wrong-context"
	// LatencyMissing: Service did not gain the time that it was made to spend, or its
	// root span lacks time that the caller waited.
	LatencyMissing FindingKind = "latency-missing"
	// LatencyMisplaced: Service gained time that it did not spend.
	LatencyMisplaced FindingKind = "latency-misplaced"
	// ClockSkew: spans of Service begin or end when causality says that they cannot.
	ClockSkew FindingKind = "clock-skew"
	// WrongBottleneck: Service has most of the time on the critical path, or may have.
	WrongBottleneck FindingKind = "wrong-bottleneck"
	// FailedRequest: the caller got another answer than it must.
	FailedRequest FindingKind = "failed-request"
	// WrongExplanation: the oracle explained known evidence otherwise than it must.
	WrongExplanation FindingKind = "wrong-explanation"
)
