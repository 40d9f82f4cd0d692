package bench

import (
	"time"
)

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
	threads     int64         // the most that the worker's process may have, 0 for no limit
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
