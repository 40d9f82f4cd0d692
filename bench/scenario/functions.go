package scenario

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/fanbench/fanbench/internal/suggest"
)

// Func is a task of the caller's own: task i of a round. Its context ends when the
// task's timeout has passed or the strategy cancels it.
type Func func(ctx context.Context, round, task int) error

var functions = struct {
	sync.RWMutex
	byName map[string]Func
}{byName: map[string]Func{}}

// RegisterFunc makes a function known as a target, by the name that a scenario's
// target.func and Target.Func have. Worker processes are this program, started again:
// they know the function by its name, so register it in every process, first thing in
// main or in an init function. It panics where the name is taken or not one that a file
// can have.
func RegisterFunc(name string, f Func) {
	if err := checkName(name); err != nil {
		panic(fmt.Sprintf("bench.RegisterFunc: %v", err))
	}
	functions.Lock()
	defer functions.Unlock()
	if _, taken := functions.byName[name]; taken {
		panic(fmt.Sprintf("bench.RegisterFunc: %q is registered twice", name))
	}
	functions.byName[name] = f
}

// LookUpFunc finds a registered function.
func LookUpFunc(name string) (Func, error) {
	functions.RLock()
	defer functions.RUnlock()
	f, ok := functions.byName[name]
	if !ok {
		return nil, suggest.Unknown("function", name, slices.Sorted(maps.Keys(functions.byName)))
	}
	return f, nil
}
