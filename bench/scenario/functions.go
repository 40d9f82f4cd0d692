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

// RegisterFunc registers a function as a target, by the name in a scenario's target.func and
// in Target.Func. Worker processes are this program, started again, and find the function by
// its name. So register it in every process, at the start of main or in an init function. It
// panics if the name is taken or cannot be written in a file.
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

// FuncNames are the names of the registered functions.
func FuncNames() []string {
	functions.RLock()
	defer functions.RUnlock()
	return slices.Sorted(maps.Keys(functions.byName))
}

// LookUpFunc returns a registered function.
func LookUpFunc(name string) (Func, error) {
	functions.RLock()
	defer functions.RUnlock()
	f, ok := functions.byName[name]
	if !ok {
		return nil, suggest.Unknown("function", name, slices.Sorted(maps.Keys(functions.byName)))
	}
	return f, nil
}
