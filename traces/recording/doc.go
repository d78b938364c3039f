// Package recording keeps what a live mesh did as a file, and holds it against the oracle.
//
// A Recording is the evidence of one send with the rule that it pins: Write makes a
// file of it, Read reads it back and refuses what is not whole, and Judge says whether
// each request left one of the forests that traces.Outcomes derives.
//
//	r, err := recording.Read(file)
//	j, err := r.Judge()
//	if !j.Agrees() {
//		fmt.Print(j)
//	}
//
// A file holds no secret. Of all headers only those are kept that the oracle or its
// reader looks at: the trace headers, x-throughline-request, x-throughline-fault,
// x-envoy-attempt-count and host. The plan of a request is left out, for the topology
// says the same. Addresses of pods stay in the tags of spans: they are private and
// tell the replicas of a service apart.
//
// The package captures nothing: `throughline record` does.
package recording
