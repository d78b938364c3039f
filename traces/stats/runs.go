package stats

import "math"

// Runs is the two-sided p-value of the hypothesis that the order of a sequence of
// yes and no is random, given how many of each there are: the runs test of Wald and
// Wolfowitz (1940), twice the smaller tail of the number of runs. Few runs mean that
// equal answers cluster, many that they alternate.
//
// It is exact for every length (Gibbons and Chakraborti 2011, section 3.2): the
// probabilities follow from their neighbours, so that only those near the likeliest
// number are gone through, and no approximation is needed. It is 1 where all are
// equal or there are none.
func Runs(sequence []bool) float64 {
	var yes, runs int
	for i, s := range sequence {
		if s {
			yes++
		}
		if i == 0 || s != sequence[i-1] {
			runs++
		}
	}
	no := len(sequence) - yes
	if yes == 0 || no == 0 {
		return 1
	}
	var few, many, all float64
	count := func(r int, ways float64) {
		all += ways
		if r <= runs {
			few += ways
		}
		if r >= runs {
			many += ways
		}
	}
	// With k runs of one kind and k of the other there are 2 C(yes-1, k-1)
	// C(no-1, k-1) sequences; one kind may have one run more.
	a, b := float64(yes), float64(no)
	block := func(k int, ways float64) {
		f := float64(k)
		count(2*k, 2*ways)
		count(2*k+1, ways*(a+b-2*f)/f)
	}
	likeliest := 1 + int(a*b/(a+b))
	likeliest = min(likeliest, yes, no)
	for k, ways := likeliest, 1.0; k <= min(yes, no) && ways > 0; k++ {
		block(k, ways)
		f := float64(k)
		ways *= (a - f) / f * (b - f) / f
	}
	for k, ways := likeliest, 1.0; k > 1; k-- {
		f := float64(k - 1)
		ways *= f / (a - f) * f / (b - f)
		if ways == 0 {
			break
		}
		block(k-1, ways)
	}
	return math.Min(1, 2*math.Min(few, many)/all)
}
