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
	"errors"
)

// Strategy executes batches. One value serves all trials of a run, one at a time. Under
// load, batches overlap, and Run is called concurrently if the traits allow it. If the value
// also implements io.Closer, it is closed after its last trial. Construction and closing are
// timed separately from Run.
type Strategy interface {
	// Run executes the batch and returns when the strategy considers it done: nil, or the
	// error that its callers would get. The harness's audit finds tasks that ran anyway or
	// never ran.
	Run(ctx context.Context, b *Batch) error
}

// Func is a Strategy that is a function without state.
type Func func(ctx context.Context, b *Batch) error

// Run calls f.
func (f Func) Run(ctx context.Context, b *Batch) error { return f(ctx, b) }

// Reaction is what a strategy does when one of its tasks misbehaves.
type Reaction string

// Reactions to an error, a panic or a Goexit in a task, and to a cancelled context.
const (
	RunsAll       Reaction = "runs all"       // to an error: the remaining tasks run all the same
	StopsAtFirst  Reaction = "stops at first" // to an error: tasks not yet started are never started
	CancelsRest   Reaction = "cancels rest"   // to an error: the remaining tasks get a cancelled context
	Crashes       Reaction = "crashes"        // to a panic: the process dies
	PanicsInRun   Reaction = "panics in Run"  // to a panic: it reaches the caller of Run, who may recover it
	BecomesError  Reaction = "becomes error"  // to a panic or Goexit: Run returns an error
	Swallowed     Reaction = "swallowed"      // to a panic or Goexit: Run returns nil, all other tasks run
	LosesTasks    Reaction = "loses tasks"    // to a panic or Goexit: Run returns nil, other tasks never start
	EndsCaller    Reaction = "ends caller"    // to a Goexit: the goroutine that called Run ends too
	Hangs         Reaction = "hangs"          // to a panic or Goexit: Run never returns
	StopsStarting Reaction = "stops starting" // to a cancelled context: tasks not yet started are never started
	IgnoresCancel Reaction = "ignores"        // to a cancelled context: every task is still begun
)

// Report says which errors of its tasks Run returns.
type Report string

// The errors of its tasks that Run may return.
const (
	ReportsAll   Report = "all"   // joined, so that errors.Is finds each
	ReportsFirst Report = "first" // the one that occurred first
	ReportsNone  Report = "none"  // nil
)

// Traits are the declared behaviour of a strategy. Package strategytest tests it. If the
// number of misbehaving tasks matters, the worst case counts: OnGoexit is the reaction if
// every task calls runtime.Goexit.
type Traits struct {
	KeepsOrder   bool // results reach the caller in task order, whatever the order in which tasks end
	Adaptive     bool // the limit moves: Width is its ceiling, which need not be reached
	ReturnsEarly bool // Run may return while tasks are running
	Concurrent   bool // Run may be called again while it runs: for batches that overlap
	Rejects      bool // Run may return ErrRejected with no task started, where batches overlap
	Reports      Report
	OnError      Reaction // what follows when a task returns an error
	OnPanic      Reaction // what follows when a task panics
	OnCancel     Reaction // what follows when Run's context is cancelled
	OnGoexit     Reaction // what follows when tasks call runtime.Goexit
}

// Spec describes a strategy to the registry.
type Spec struct {
	Name   string  // as written in scenarios: lower-case words joined by hyphens
	Doc    string  // one line
	Source string  // the module and version that it uses, as in go.mod; "" for the standard library
	Params []Param // in the order in which they are written; what sets the width comes first
	Traits Traits

	// Check returns an error if parameters that are each in range do not fit together. nil
	// means that there is no such rule.
	Check func(p Params) error

	// Width is the maximum number of tasks that run at once. 0 or nil means that only the
	// size of the batch limits it.
	Width func(p Params) int

	// InAll is the maximum number of tasks that run at once, over all overlapping batches: a
	// limit of the process. nil means that each batch has its own limit.
	InAll func(p Params) int

	// New constructs the strategy. The parameters have been checked.
	New func(p Params) (Strategy, error)
}

// ErrRejected is the error of Run for a batch that it did not accept because too many others
// were in progress.
var ErrRejected = errors.New("rejected: too many batches in progress")

// Scope is what a strategy's concurrency limit covers when batches overlap.
type Scope string

// The scopes of a limit.
const (
	PerBatch   Scope = "batch"   // each batch by itself
	PerProcess Scope = "process" // all batches together
	NoLimit    Scope = "none"    // there is no limit
)

type tenantKey struct{}

// WithTenant returns a context for a batch of the named tenant: a class of batches that a
// strategy may treat separately.
func WithTenant(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, tenantKey{}, name)
}

// TenantOf returns the tenant of the context's batch, "" for none.
func TenantOf(ctx context.Context) string {
	name, _ := ctx.Value(tenantKey{}).(string)
	return name
}
