package worker

import (
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/scenario"
)

// Job is what an executor needs to know before its first trial.
type Job struct {
	Protocol    int                  // version of the protocol that the worker speaks
	Strategy    string               // canonical
	Width       int                  // how many tasks the strategy runs at once
	Tasks       int                  // in every batch
	Timeout     time.Duration        // of one task
	URL         string               // with {round} and {task} to be filled in, or ""
	URLsFile    string               // a file of one URL a task, or ""
	Request     string               // the file of an Asking; "" if all requests are plain GETs
	Connections scenario.Connections // what becomes of them between trials
	Client      scenario.Client      // of requests; "" stands for ClientNetHTTP
	Mock        bool                 // url is a mock server's of the run
	Sleep       string               // how long each task sleeps, a distribution, or ""
	CPU         string               // how much work each task does, a distribution, or ""
	Function    string               // the name of a registered function, or ""
	Call        string               // the file of a call.Call, or ""
	Seed        uint64               // of what sleep and cpu draw
	Stack       int64                // bytes of stack that each task needs besides
	Alloc       int64                // bytes that each task allocates besides
	Panics      string               // the tasks that panic, such as "7,9-12", or ""
	Nested      int                  // tasks to which each task fans out again, 0 for none
	Tenants     string               // names of the tenants of a phase of load, separated by commas, or ""
	AllowRemote bool                 // whether hosts other than this machine's loopback may be dialled
	Threads     int64                // the most that the worker's process may have, 0 for no limit
}

// Order is what an executor needs to know for one trial.
type Order struct {
	Round   int
	Records string // the file that takes the records: tasks * strategies.RecordSize zero bytes
	Census  bool   // count goroutines at every task's start; for warm-up, since it costs time

	// Batches is the file of a phase of load, a record for each batch: Ready is its intended
	// arrival, Bytes its number of tasks, Status the number of its tenant, from 0. "" stands
	// for one batch that runs alone. The records of the first batch's tasks come first.
	Batches string
	Tasks   int           // of all batches
	Drain   time.Duration // after the last arrival batches may take so long; then they are cancelled

	// OnSample gets samples of the Go runtime during the trial, see Pace; nil for none. It must
	// not block.
	OnSample func(machine.RuntimeSample)
}

// Report is the result of one trial, besides the records.
type Report struct {
	Returned time.Duration // when Strategy.Run returned, since the batch's start
	Error    string        // the error it returned, "" if none
	Faults   []string      // the distinct texts of the tasks' errors; Record.Error is an index into it, from 1
	Extra    int           // attempts beyond a task's first, as hedged requests make
	Resent   int           // requests that the HTTP client sent again by itself
	Stood    time.Duration // the longest time for which the worker's process stood still; 0 also if it does not tell
	Usage    metric.Usage
}
