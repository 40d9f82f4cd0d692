package bench

import (
	"context"
	"time"
)

// executor carries out the trials of one strategy, one at a time. There is one that
// runs them in this process (local), one that has a worker process do it (remote),
// and in tests one that takes no time.
type executor interface {
	// trial runs the batch once. Its records are in the file that order names by the
	// time it returns, whatever happened. A strategy that failed is a report; an
	// error means that the executor cannot go on, and says why.
	trial(ctx context.Context, order trialOrder) (report, error)
	// observe tells what the process that runs the trials is using; an error where that
	// cannot be known. It may be called while a trial goes on.
	observe() (Outside, error)
	// close ends the executor. A process of its may take as long as limit, then it is
	// killed.
	close(limit time.Duration) error
	// left tells, once it is closed, what the strategy has left behind.
	left() leftovers
}

// job is what an executor needs to know once, before its first trial.
type job struct {
	strategy    string        // canonical
	width       int           // how many tasks the strategy runs at once
	tasks       int           // in every batch
	timeout     time.Duration // of one task
	url         string        // with {round} and {task} to be filled in, or ""
	urlsFile    string        // a file of one URL a task, or ""
	connections Connections   // what becomes of them between trials
	mock        bool          // url is a mock server's of the run's own
	sleep       string        // how long each task sleeps, a distribution, or ""
	cpu         string        // how much work each task does, likewise
	function    string        // the name of a registered function, or ""
	seed        uint64        // of what sleep and cpu draw
	stack       int64         // bytes of stack that each task needs besides
	alloc       int64         // bytes that each task allocates besides
	panics      string        // the tasks that panic, such as "7,9-12", or ""
	allowRemote bool          // whether hosts other than this machine's loopback may be dialled
	limits      limits        // of the worker's process
}

// trialOrder is what an executor needs to know for one trial.
type trialOrder struct {
	round   int
	records string // the file that takes the records: tasks * strategies.RecordSize zero bytes
	census  bool   // count goroutines at every task's start; for warm-up, since it costs time

	// hear is told what the Go runtime says while the trial goes on, at the pace of a
	// recording; nil if nobody listens. It must not block.
	hear func(Inside)
}

// report is what an executor tells of one trial, beside the records.
type report struct {
	returned time.Duration // when Strategy.Run returned, since the batch's start
	err      string        // the error it returned, "" if none
	faults   []string      // the distinct texts of the tasks' errors; Record.Error is an index into it, from 1
	extra    int           // attempts beyond a task's first, as hedged requests make
	resent   int           // requests that the HTTP client sent again by itself
	stood    time.Duration // the longest time for which the worker's process stood still; 0 also if it does not tell
	usage    Usage
}

// Usage is what a trial cost the strategy's process. A figure that could not be had is
// 0.
type Usage struct {
	Construct   time.Duration `json:"construct_ns"`   // making the strategy, before its first trial
	CPU         time.Duration `json:"cpu_ns"`         // user and system time of the process during Run
	PeakRSS     int64         `json:"peak_rss_bytes"` // greatest resident set during the trial
	AllocBytes  int64         `json:"alloc_bytes"`    // allocated on the heap during Run
	Allocs      int64         `json:"allocs"`         // heap objects allocated during Run
	GCs         int64         `json:"gcs"`            // garbage collections completed during Run
	Threads     int64         `json:"threads"`        // operating system threads at the end
	Goroutines  int64         `json:"goroutines"`     // greatest number at any task's start; only in a trial with a census
	Connections int64         `json:"connections"`    // opened during the trial
}
