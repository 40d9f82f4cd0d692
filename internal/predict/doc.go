// Package predict says how long a batch takes that is too large to measure, from a run of a
// smaller one:
//
//	measured.go   what a run measured of each strategy: how long its tasks took, round by round
//	model.go      how a strategy treats a batch, as package queueing simulates it; which ones no
//	              model has been shown to hold for, and what to measure instead
//	cost.go       what the model lacks: the cost per task, so that the model of the measured batch takes
//	              as long as was measured, in each round
//	tail.go       tasks longer than any that was measured; the index of the tail
//	predict.go    the makespan, its interval, and the parts of the interval's width
//	whole.go      a batch simulated whole, up to 10^9 tasks, on several cores
//	load.go      response times of batches that arrive and overlap
//	gain.go       the limit beyond which nothing is gained, and what stops it
//	chart.go      predicted and measured on one axis
//
// It measures nothing and reads no clock. It may import bench/results and what that imports,
// internal/queueing and internal/figure. Begin with Of in report.go.
package predict
