package worker

import (
	"context"
	"runtime"

	"github.com/fanbench/fanbench/strategies"
)

// burdened are tasks that also need a deep stack, or memory. A reused goroutine has a grown
// stack already; a new one has to grow it.
type burdened struct {
	tasks
	stack int64 // bytes of stack, at the bottom of which the task is done
	alloc int64 // bytes allocated on the heap, in use until the task is done
}

// objectSize is the size of the objects that a task allocates, in bytes: small, as most
// objects are.
const objectSize = 1 << 10

func (b burdened) do(ctx context.Context, i int, r *strategies.Record) error {
	held := make([][]byte, b.alloc/objectSize)
	for k := range held {
		held[k] = make([]byte, objectSize)
		held[k][0] = 1 // memory is there only once it was touched
	}
	var err error
	descend(b.stack, func() { err = b.tasks.do(ctx, i, r) })
	runtime.KeepAlive(held)
	return err
}

// frame is about the stack that one step of descend takes, in bytes.
const frame = 1 << 10

// descend calls f that many bytes further down the stack.
//
//go:noinline
func descend(bytes int64, f func()) byte {
	if bytes < frame {
		f()
		return 0
	}
	var pad [frame - 64]byte
	pad[bytes%int64(len(pad))] = 1
	return descend(bytes-frame, f) + pad[0]
}
