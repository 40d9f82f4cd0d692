// Package queueing has what queueing theory says of the queues that fanbench measures and
// predicts: to hold measured phases of load against it, and to say how long batches take that
// are too long to measure.
//
//	theory.go     mean waits of M/M/c (Erlang) and M/G/1 (Pollaczek, Khinchine), and the
//	              response times of M/M/c
//	recursion.go  when each task starts under a shared limit, first come, first served
//	              (Kiefer, Wolfowitz), from when tasks are ready and how long each takes
//	closed.go     closed batches, whose tasks are all ready at first: limits, waves, chunks, a limit
//	              before a server's slots; no events, so a task costs some 20 ns
//	events.go     event by event what no such recursion can do: shared capacity, second
//	              attempts, limits that move
//	draws.go      how long tasks take, drawn by tabled quantiles or from a sample
//	distance.go   how far a sample is from a distribution (Kolmogorov, Smirnov)
//
// It is pure: times come in, times go out, and no clock is read. It imports nothing of fanbench.
// Begin with FIFO in recursion.go and Batch in closed.go.
package queueing
