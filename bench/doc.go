// Package bench measures: it runs every round of every scenario, each strategy in its own
// process, and returns the run, which is also on disk.
//
// A program that embeds fanbench needs five packages. scenario describes what to measure,
// bench measures it, results reads a run, and reports renders it; strategies registers a
// strategy of your own. docs/library.md shows each with an example.
//
// bench may import everything below it, and mockserver; reports and cmd import bench. Begin
// with Measure in measure.go, then coordinator.go, which runs the trials, and schedule.go,
// which decides how many.
package bench
