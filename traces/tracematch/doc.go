// Package tracematch lets Gomega judge with the oracle:
//
//	Expect(findings).To(HaveNoFindings())
//	Expect(findings).To(HaveExactlyFinding(traces.SplitTrace, "cart"))
//	Expect(request).To(EqualForest(traces.Forest{traces.Calls("web", traces.Calls("cart"))}))
//
// A failure shows the findings in their own fixed parts (traces.Finding.Text). The
// matchers keep nothing between two uses.
package tracematch
