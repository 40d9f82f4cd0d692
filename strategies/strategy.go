// Package strategies holds the ways to execute a batch of tasks that fanbench
// compares, one file each, and the registry that finds them by name.
//
// A Spec describes a strategy and registers it; Parse turns what a user wrote, such
// as "fixed-pool:workers=4", into a Choice with every parameter checked; Choice.New
// constructs the Strategy; Strategy.Run is given a Batch and calls Batch.Do once for
// every task. The package knows nothing of scenarios, servers, files or reports.
package strategies

import (
	"context"
)

// Strategy executes batches. One value serves all trials of a run, one at a time.
// If it also implements io.Closer, it is closed after its last trial; construction
// and closing are timed apart from Run.
type Strategy interface {
	// Run executes the batch and returns when the strategy believes that it is
	// done: nil, or the error that the strategy's callers would be given. Tasks
	// that ran anyway, or never did, are found by the harness's audit.
	Run(ctx context.Context, b *Batch) error
}

// Func is a Strategy made of a function that keeps no state between batches.
type Func func(ctx context.Context, b *Batch) error

// Run calls f.
func (f Func) Run(ctx context.Context, b *Batch) error { return f(ctx, b) }

// Reaction says what a strategy does when one of its tasks misbehaves.
type Reaction string

// Reactions to an error, a panic or a Goexit in a task, and to a cancelled context.
const (
	RunsAll       Reaction = "runs all"       // the remaining tasks run all the same
	StopsAtFirst  Reaction = "stops at first" // tasks not yet started are never started
	CancelsRest   Reaction = "cancels rest"   // the remaining tasks get a cancelled context
	Crashes       Reaction = "crashes"        // the process dies
	PanicsInRun   Reaction = "panics in Run"  // the panic reaches the caller of Run, who may recover it
	BecomesError  Reaction = "becomes error"  // Run returns it as an error
	Swallowed     Reaction = "swallowed"      // Run returns nil as if nothing had happened
	Hangs         Reaction = "hangs"          // Run never returns
	EndsCaller    Reaction = "ends caller"    // the goroutine that called Run ends too
	LosesATask    Reaction = "loses a task"   // Run returns nil and the task was not done
	IgnoresCancel Reaction = "ignores"        // every task is still begun, with a cancelled context
)

// Traits are what a strategy is declared to do; they are tested against what it does.
type Traits struct {
	KeepsOrder bool     // tasks start in order, each before its successor
	OnError    Reaction // what follows when a task returns an error
	OnPanic    Reaction // what follows when a task panics
	OnCancel   Reaction // what follows when Run's context is cancelled
	OnGoexit   Reaction // what follows when a task calls runtime.Goexit
}

// Spec describes a strategy to the registry.
type Spec struct {
	Name   string  // as written in scenarios: lower-case words joined by hyphens
	Doc    string  // one line
	Source string  // the library and version that it uses, "" for the standard library
	Params []Param // in the order in which they are written
	Traits Traits

	// Width is the greatest number of tasks that run at once; 0 means that nothing
	// but the size of the batch bounds it. nil stands for unbounded.
	Width func(p Params) int

	// New constructs the strategy. The parameters have been checked.
	New func(p Params) (Strategy, error)
}
