// Package conformance says of one run to what the mesh conforms, in the manner of the
// Gateway API's ConformanceReport: the implementation, the mode, and for each area the core,
// the extended and the provider-specific part with its statistics.
//
//	err := conformance.Write(w, conformance.Of(result))
//
// It adds nothing to the result: whoever needs more than a claim reads that.
package conformance
