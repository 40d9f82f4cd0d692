package queueing

import "math"

// ErlangC is the probability that a task of M/M/c has to wait. load is the share of the
// servers that is busy in the mean, 0..1 (A. K. Erlang, "Solution of some Problems in the
// Theory of Probabilities of Significance in Automatic Telephone Exchanges", 1917). It is
// computed from Erlang's B by its recursion over the servers, which neither overflows nor
// cancels.
func ErlangC(servers int, load float64) float64 {
	offered := load * float64(servers)
	b := 1.0
	for k := 1; k <= servers; k++ {
		b = offered * b / (float64(k) + offered*b)
	}
	return b / (1 - load*(1-b))
}

// WaitMMc is the mean wait of a task of M/M/c, in mean service times.
func WaitMMc(servers int, load float64) float64 {
	return ErlangC(servers, load) / (float64(servers) * (1 - load))
}

// WaitMG1 is the mean wait of a task of M/G/1, in mean service times. scv is the variance
// of the service times by the square of their mean: 0 if they are constant, 1 if they are
// exponential (F. Pollaczek, 1930; A. Y. Khinchine, 1932).
func WaitMG1(load, scv float64) float64 {
	return load * (1 + scv) / (2 * (1 - load))
}

// LognormalSCV is the scv of a lognormal distribution: sigma is the standard deviation of
// its logarithm.
func LognormalSCV(sigma float64) float64 { return math.Expm1(sigma * sigma) }

// LognormalMean is the mean of a lognormal distribution with this median.
func LognormalMean(median, sigma float64) float64 { return median * math.Exp(sigma*sigma/2) }

// LognormalCDF is the share of a lognormal distribution that is at most x.
func LognormalCDF(x, median, sigma float64) float64 {
	if x <= 0 {
		return 0
	}
	return math.Erfc(-math.Log(x/median)/(sigma*math.Sqrt2)) / 2
}

// LateMMc is the probability that the response time of a task of M/M/c, first come, first
// served, is longer than t mean service times: its wait, which is 0 or exponential, and its
// service (D. Gross et al., "Fundamentals of Queueing Theory", 4th ed., 2008, section 2.3).
func LateMMc(servers int, load, t float64) float64 {
	wait := ErlangC(servers, load)
	rate := float64(servers) * (1 - load) // at which a wait ends
	service := math.Exp(-t)
	if math.Abs(rate-1) < 1e-9 {
		return service * (1 + wait*t)
	}
	return (1-wait)*service + wait*(rate*service-math.Exp(-rate*t))/(rate-1)
}

// ResponseMMc is the q-quantile of the response times of M/M/c, in mean service times.
func ResponseMMc(servers int, load, q float64) float64 {
	low, high := 0.0, 1.0
	for LateMMc(servers, load, high) > 1-q {
		high *= 2
	}
	for range 100 {
		if middle := (low + high) / 2; LateMMc(servers, load, middle) > 1-q {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
