package stat

import (
	"math"
	"math/rand/v2"
)

const (
	// signFlipExactTo is the largest n whose 2^n sign patterns are all counted: half
	// of them at a time, 2^18 sums, 2 MB and some 10 ms.
	signFlipExactTo = 36
	// signFlipSteps is how many steps may count the patterns of elements that are whole
	// or half numbers: some 0.1 s, for the ranks of 500.
	signFlipSteps = 1 << 27
	// signFlipSamples is how many patterns are drawn beyond: with them p = 0.05 has a
	// standard error of 0.0007.
	signFlipSamples = 99_999
	// signFlipTie is how close two sums, relative to the largest element, count as
	// equal. Rounding of a sum of 10^4 elements stays below it, and a tie counts
	// against significance.
	signFlipTie = 1e-11
)

// SignFlip tests that x is symmetric about 0: two-sided, by the sum of x against its
// distribution over all 2^n patterns of signs (Fisher, "The Design of Experiments",
// 1935, section 21; Good, "Permutation, Parametric and Bootstrap Tests of Hypotheses",
// 3rd ed., 2005, section 3.2).
//
// p is exact for ranks to n = 500, as of all elements that are multiples of 1/2, by
// counting patterns by their sum (Pagano & Tritchler, JASA 78, 1983); and for any
// elements to n = 36 by meeting in the middle: the sorted sums of either half are
// matched, 2^(n/2) steps instead of 2^n (Horowitz & Sahni, J. ACM 21, 1974). Beyond,
// 99,999 patterns are drawn from seed, p is (at least as extreme + 1)/(drawn + 1), so
// never 0 (Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology
// 9, 2010), and monteCarloError is its standard error, which else is 0.
//
// p is 1 for no values, for nothing but zeros, and with a value that is NaN or
// infinite.
func SignFlip(x []float64, seed uint64) (p, monteCarloError float64) {
	largest := 0.0
	for _, v := range x {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 || !allFinite(x) {
		return 1, 0
	}
	scaled := make([]float64, len(x))
	sum := 0.0
	for i, v := range x {
		scaled[i] = v / largest
		sum += scaled[i]
	}
	threshold := math.Abs(sum) - signFlipTie
	if threshold <= 0 {
		return 1, 0
	}
	if halves, ok := inHalves(x); ok {
		return signFlipCounted(halves, int(math.Abs(math.Round(2*sum*largest)))), 0
	}
	if len(x) <= signFlipExactTo {
		return signFlipExact(scaled, threshold), 0
	}
	return signFlipSampled(scaled, threshold, seed)
}

// inHalves returns the magnitudes of x in units of 1/2, if they are whole numbers that
// signFlipSteps allow to count.
func inHalves(x []float64) (halves []int, ok bool) {
	halves = make([]int, len(x))
	total := 0.0
	for i, v := range x {
		v = 2 * math.Abs(v)
		total += v
		if v != math.Trunc(v) || total*float64(len(x)) > signFlipSteps {
			return nil, false
		}
		halves[i] = int(v)
	}
	return halves, true
}

// signFlipCounted is the share of sign patterns whose sum is at least sum from 0. A sum
// of total - 2w is that of the negative elements being w.
func signFlipCounted(magnitudes []int, sum int) float64 {
	total, common := 0, sum
	for _, v := range magnitudes {
		total += v
		common |= v
	}
	if common&1 == 0 { // whole numbers, as ranks without ties are: half as many sums
		total, sum = total/2, sum/2
		for i := range magnitudes {
			magnitudes[i] /= 2
		}
	}
	p := 0.0
	for _, share := range subsetSums(magnitudes, (total-sum)/2) {
		p += 2 * share
	}
	return p
}

// subsetSums returns for every sum from 0 to most the share of all subsets of values
// with that sum. No value is negative.
func subsetSums(values []int, most int) []float64 {
	share := make([]float64, most+1)
	share[0] = 1
	reached := 0
	for _, v := range values {
		reached = min(reached+v, most)
		for sum := reached; sum >= v; sum-- {
			share[sum] = (share[sum] + share[sum-v]) / 2
		}
		for sum := range min(v, reached+1) {
			share[sum] /= 2
		}
	}
	return share
}

// signFlipExact is the share of sign patterns whose sum is at least threshold, or at
// most -threshold. Patterns come in pairs of opposite sums, hence twice the one side.
func signFlipExact(x []float64, threshold float64) float64 {
	left, right := signedSums(x[:len(x)/2]), signedSums(x[len(x)/2:])
	extreme, j := 0, len(right)
	for _, l := range left {
		for j > 0 && l+right[j-1] >= threshold {
			j--
		}
		extreme += len(right) - j
	}
	return math.Ldexp(2*float64(extreme), -len(x))
}

// signedSums returns the sums of x under every pattern of signs, ascending.
func signedSums(x []float64) []float64 {
	sums := []float64{0}
	for _, v := range x {
		v = math.Abs(v)
		next := make([]float64, 0, 2*len(sums))
		minus, plus := 0, 0
		for plus < len(sums) {
			if minus < len(sums) && sums[minus]-v <= sums[plus]+v {
				next = append(next, sums[minus]-v)
				minus++
			} else {
				next = append(next, sums[plus]+v)
				plus++
			}
		}
		sums = next
	}
	return sums
}

func signFlipSampled(x []float64, threshold float64, seed uint64) (p, standardError float64) {
	source := rand.NewPCG(seed, 0x5167_6e46_6c69_7021)
	extreme := 0
	for range signFlipSamples {
		sum := 0.0
		var signs uint64
		for i, v := range x {
			if i%64 == 0 {
				signs = source.Uint64()
			}
			sum += math.Float64frombits(math.Float64bits(v) ^ signs&(1<<63))
			signs <<= 1
		}
		if math.Abs(sum) >= threshold {
			extreme++
		}
	}
	p = float64(extreme+1) / (signFlipSamples + 1)
	return p, math.Sqrt(p * (1 - p) / signFlipSamples)
}
