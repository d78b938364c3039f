package w3c

import (
	"slices"

	"github.com/throughline/throughline/traces"
)

// Deviation is something that a proxy is known to do otherwise than its cases want.
type Deviation struct {
	ID string
	// Tracer and Versions are of what it was measured: a version is `1.40`, which stands
	// for all of its patches.
	Tracer   traces.Provider
	Versions []string
	// Documented is what the specification says, Measured what the proxy does.
	Documented, Measured string
	// Source is a link to the code or the issue that says why.
	Source string
	// Does is the exact outcome, by case.
	Does map[string]Outcome
}

// The files of Envoy that read and write the two headers, below its folder of tracers. The
// extractor of opentelemetry is what zipkin reads them with, too.
const (
	envoyTracers    = "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/extensions/tracers/"
	openTracer      = "opentelemetry/opentelemetry_tracer_impl.cc"
	openExtractor   = "opentelemetry/span_context_extractor.cc"
	openSpan        = "opentelemetry/tracer.cc"
	zipkinExtractor = "zipkin/span_context_extractor.cc"
	zipkinSpan      = "zipkin/zipkin_core_types.cc"
)

// Deviations are the known ones, each measured on the way in and on the way out.
func Deviations() []Deviation {
	return slices.Concat(deviationsOfOpenTelemetry(), deviationsOfZipkin())
}

func envoy(tracer traces.Provider, source, id, documented, measured string, does map[string]Outcome) Deviation {
	return Deviation{
		ID: id, Tracer: tracer, Versions: []string{"1.39", "1.40"},
		Documented: documented, Measured: measured, Source: envoyTracers + source, Does: does,
	}
}

func deviationsOfOpenTelemetry() []Deviation {
	const tracer = traces.OpenTelemetry
	malformed := each(Outcome{Fate: PassedOn}, malformedCases()...)
	malformed["malformed-with-tracestate"] = Outcome{Fate: PassedOn, State: "foo=1"}
	return append([]Deviation{
		envoy(tracer, openTracer, "malformed-untraced",
			"A traceparent that cannot be parsed is ignored: a new trace is begun, and tracestate is dropped",
			"No span is made, and both headers are sent on as they came. Every proxy after it does the same, so that the request is in no trace at all",
			malformed),
		envoy(tracer, openExtractor, "later-version-untraced",
			"A traceparent of a later version may have further fields; its first four are used",
			"Whatever does not have exactly 55 characters counts as malformed: no span is made, and the header is sent on as it came",
			each(Outcome{Fate: PassedOn}, "version-cc-trailing-field")),
	}, lenient(tracer, openExtractor, openSpan)...)
}

func deviationsOfZipkin() []Deviation {
	const tracer = traces.ZipkinW3C
	return append([]Deviation{
		envoy(tracer, zipkinExtractor, "later-version-restarted",
			"A traceparent of a later version may have further fields; its first four are used",
			"Whatever does not have exactly 55 characters counts as malformed: a new trace is begun",
			each(restarted(), "version-cc-trailing-field")),
		envoy(tracer, zipkinSpan, "state-outlives-its-trace",
			"With a new trace, tracestate is dropped",
			"Tracestate is neither read nor written: it is sent on as it came, beside a trace that it says nothing of",
			map[string]Outcome{
				"tracestate-alone":          {Fate: Restarted, Flags: "01", State: "foo=1"},
				"tracestate-alone-of-two":   {Fate: Restarted, Flags: "01", State: "foo=1,bar=2"},
				"malformed-with-tracestate": {Fate: Restarted, Flags: "01", State: "foo=1"},
			}),
	}, lenient(tracer, zipkinExtractor, zipkinSpan)...)
}

// lenient are the deviations that the tracers share, by the files that read and write.
func lenient(tracer traces.Provider, reads, writes string) []Deviation {
	return []Deviation{
		envoy(tracer, reads, "version-ff-continued",
			"Version ff is forbidden; a new trace is begun",
			"The version is not looked at: the trace is continued",
			each(continued(), "version-ff")),
		envoy(tracer, reads, "upper-case-continued",
			"Ids are of lower case digits; a header with others is ignored and a new trace begun",
			"Digits of either case are taken: the trace is continued, its id in lower case from there on",
			each(continued(), "trace-id-in-upper-case", "parent-id-in-upper-case")),
		envoy(tracer, reads, "first-of-two-continued",
			"There is one traceparent; with two, the public suite wants a new trace",
			"The first of them is continued, the others are dropped",
			each(continued(), "traceparent-twice")),
		envoy(tracer, reads, "tracestate-not-validated",
			"The public suite's strict level wants a tracestate that is not valid to be dropped; the specification leaves it open",
			"Tracestate is not looked into: its members are sent on, whatever they are",
			unvalidated()),
		envoy(tracer, writes, "random-flag-cleared",
			"The second level of the specification has a flag that says that the trace id is random; the first has it set to zero",
			"Only the sampled flag is written: the others are lost, and a new trace does not have them",
			map[string]Outcome{
				"flags-random-and-sampled": {Fate: Continued, Flags: "01"}, "flags-random": {Fate: Continued, Flags: "00"},
			}),
	}
}

// malformedCases are the headers of which the extractor says that they are malformed.
func malformedCases() []string {
	return []string{
		"version-00-trailing-dot", "version-00-trailing-field", "version-cc-trailing-dot", "version-cc-too-short",
		"version-first-digit-illegal", "version-second-digit-illegal",
		"version-of-three-digits", "version-of-four-digits", "version-of-one-digit",
		"trace-id-zero", "trace-id-first-digit-illegal", "trace-id-last-digit-illegal", "trace-id-too-long", "trace-id-too-short",
		"parent-id-zero", "parent-id-first-digit-illegal", "parent-id-last-digit-illegal", "parent-id-too-long", "parent-id-too-short",
		"flags-first-digit-illegal", "flags-second-digit-illegal", "flags-too-long", "flags-too-short",
		"traceparent-empty", "calls-with-zero-trace-id",
	}
}

// unvalidated are the cases whose tracestate may be dropped, with what they sent.
func unvalidated() map[string]Outcome {
	does := map[string]Outcome{}
	for _, c := range slices.Concat(tracestateCases(), ownCases()) {
		if c.May != nil && c.May.State != c.Want.State {
			does[c.ID] = *c.May
		}
	}
	return does
}

func each(o Outcome, cases ...string) map[string]Outcome {
	does := make(map[string]Outcome, len(cases))
	for _, id := range cases {
		does[id] = o
	}
	return does
}
