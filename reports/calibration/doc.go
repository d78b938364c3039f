// Package calibration asks of many runs what one cannot say: whether the statistical
// tests of the checks are what they claim to be.
//
// Where nothing is wrong, the p-value of a test is uniform; that of a test of whole
// numbers is uniform or larger. So the p-values of many runs are pooled and tested for
// too many small ones, which is valid for every test. For tests of a rate, whose whole
// distribution is known, a second test asks for uniformity in both directions, over
// p-values that are randomised within the steps of the exact ones: they are exactly
// uniform. What they are randomised by follows from the name of the run, so that the
// same results give the same answer.
//
//	c, err := calibration.Of(results, 1e-3)
package calibration
