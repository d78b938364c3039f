// Package w3c holds what W3C Trace Context asks of whoever receives its two headers, as
// data, and judges what a proxy made of them.
//
//	for _, c := range w3c.Cases() {
//		lines := c.For("request-7") // the exact header lines to send
//	}
//	for _, r := range w3c.Judge(evidence, w3c.Ingress(), traces.OpenTelemetry) {
//		fmt.Println(r.Case.ID, r.Verdict, r.Observed)
//	}
//
// A Case is what is sent and what must come of it. The cases are those of the public test
// suite (w3c/trace-context, folder test) with its requests told apart, and some of ours.
// Where a proxy is known to do otherwise, a Deviation says exactly what it does instead,
// in which versions, and which source says so: it is expected then, and nothing else is.
//
// The package sends nothing: it reads traces.Evidence. It does not judge forests, nor
// what headers of other formats become.
package w3c
