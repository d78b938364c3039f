// Package compare says what changed from one result to another: checks that fail, pass,
// or say nothing any more, checks that are lost or new, versions that differ, and rates and
// times that shifted.
//
//	changed := compare.Of(compare.Side{Result: before}, compare.Side{Result: after}, compare.Standard())
//
// A rate is compared by Fisher's exact test over the requests of both runs. The median time of
// a check's requests is compared by the exact confidence intervals of both medians: two runs
// on two days differ by more than chance within one, so a shift must be large as well. A
// measure is a single number, of which no test is possible: it must be large, and that is all.
//
// The package judges nothing. Whether a change stands in the way of a release is for
// reports/gate to say.
package compare
