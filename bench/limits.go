package bench

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/bytesize"
)

// limits are the maximum usage of a worker's process during a trial. 0 means no limit.
//
// The coordinator enforces them by polling: it reads the usage of the process and kills it
// if that is too much. The system's own limits do not help: RLIMIT_AS counts address space,
// of which the Go runtime and V8 reserve far more than they use, RLIMIT_NPROC counts a
// user's threads and not a process's, and cgroups need privileges. So a process can exceed
// its limit by what it allocates between two polls.
type limits struct {
	memory  int64 // bytes resident, without what is shared with files
	threads int64
}

// glance is the time between two polls, during a trial only. A poll takes about 20 us, 0.1%
// of a core.
const glance = 20 * time.Millisecond

// exceeded returns the limit that is exceeded, nil if none is.
func (l limits) exceeded(p machine.ProcessFigures) *crashError {
	switch {
	case l.memory > 0 && p.Anonymous > l.memory:
		return &crashError{status: results.StatusOutOfMemory, why: fmt.Sprintf("its memory, %s, exceeded the limit of %s", bytesize.Format(p.Anonymous), bytesize.Format(l.memory))}
	case l.threads > 0 && p.Threads > l.threads:
		return &crashError{status: results.StatusFatal, why: fmt.Sprintf("its threads, %d, exceeded the limit of %d", p.Threads, l.threads)}
	}
	return nil
}

// watch kills the process when it exceeds a limit, until stop is called.
func (w *remote) watch() (stop func()) {
	stopped := make(chan struct{})
	go w.look(stopped)
	return func() { close(stopped) }
}

func (w *remote) look(stop <-chan struct{}) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-w.Exited:
			return
		case <-ticker.C:
		}
		p, err := machine.ReadProcess(w.PID())
		if err != nil {
			return // it has ended, or this system does not tell: see Check
		}
		if e := w.limits.exceeded(p); e != nil {
			w.killedFor.Store(e)
			w.Strike()
			return
		}
	}
}
