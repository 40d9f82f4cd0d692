package worker

import (
	"context"
	"os"
	"testing"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/strategies"
)

// looking are tasks that look at the memory of their process.
type looking struct {
	tasks
	seen int64 // bytes
}

func (l *looking) do(context.Context, int, *strategies.Record) error {
	p, err := machine.ReadProcess(os.Getpid())
	l.seen = p.Anonymous
	return err
}

// What a task allocates is in use, not only reserved: pages that nobody touches take no
// memory.
func TestBurdenedTasksUseTheirMemory(t *testing.T) {
	if _, err := machine.ReadProcess(os.Getpid()); err != nil {
		t.Skip(err)
	}
	const size = 64 << 20
	var l looking
	if err := (burdened{tasks: &l, alloc: size}).do(t.Context(), 0, nil); err != nil {
		t.Fatal(err)
	}
	if l.seen < size {
		t.Errorf("%d bytes in use while a task holds %d", l.seen, size)
	}
}
