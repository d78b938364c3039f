// Package tracefile reads recorded traces into the oracle's model: what a Collector
// wrote, what Jaeger's UI let somebody download, what its HTTP interfaces answered.
//
//	found, err := tracefile.Read(file, tracefile.Options{})
//
// Read finds out by itself which of these a file holds, packed with gzip or not:
//
//   - OTLP/JSON: one ExportTraceServiceRequest or TracesData, or one on each line as the
//     Collector's file exporter writes, or the {"result": …} that wraps it in answers of
//     Jaeger's api_v3, once or one after another
//   - Jaeger JSON: the answer of /api/traces, {"data": […]}, which the UI downloads too,
//     or a bare trace, or a list of traces
//
// A span means the same as if Jaeger had stored it and traces/jaeger had fetched it: the
// tags of OTLP's scope, attributes, kind, status and trace state have Jaeger's names and
// order, and those of the resource or process come last. Two things differ. The parent of
// an OTLP span stays its parent where a link repeats it, for which Jaeger would make it a
// link; and a resource without attributes is a service without a name. Jaeger's warnings
// are kept as the tag WarningsTag. Events, logs, the attributes of a scope and the counts
// of what was dropped have no place in the model and are left out.
//
// Nothing is repaired. What the formats can say comes out as it is, for the oracle to
// report: zero and repeated ids, unknown parents, cycles, negative durations, a span whose
// trace id is not that of the Jaeger trace around it. What they cannot say is an error
// with its line and its place as a JSON Pointer (RFC 6901): wrong types, ids of another
// length, times before 1970 or after 2262, a name that an object has twice, processes that
// are not listed, invalid UTF-8, a file that is cut short or larger than Options.MaxBytes,
// values nested deeper than 10,000. Fields of unknown names are skipped, as OTLP asks.
//
// Jaeger adjusts clocks in what its UI shows unless it is asked for raw traces; the
// spans' warnings tell.
package tracefile
