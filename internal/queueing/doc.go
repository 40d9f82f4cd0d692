// Package queueing has what queueing theory says of the queues that fanbench measures, to
// hold measured phases of load against it.
//
//	theory.go     mean waits of M/M/c (Erlang) and M/G/1 (Pollaczek, Khinchine), and the
//	              response times of M/M/c
//	recursion.go  when each task starts under a shared limit, first come, first served
//	              (Kiefer, Wolfowitz), from when tasks are ready and how long each takes
//	distance.go   how far a sample is from a distribution (Kolmogorov, Smirnov)
//
// It is pure: times come in, times go out, and no clock is read.
package queueing
