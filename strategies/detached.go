package strategies

import (
	"context"
	"time"
)

func init() {
	Register(Spec{
		Name: "detached",
		Doc:  "fire and forget: a goroutine for every task that nobody waits for, then a pause",
		Params: []Param{{
			Name: "grace", Doc: "pause after the last start, before it returns", Kind: Duration,
			Default: int64(100 * time.Millisecond), Min: 0, Max: int64(time.Hour),
		}},
		Traits: Traits{
			ReturnsEarly: true,
			Reports:      ReportsNone,
			OnError:      RunsAll,
			OnPanic:      Crashes,
			OnCancel:     IgnoresCancel,
			OnGoexit:     Swallowed,
			Concurrent:   true,
		},
		New: func(p Params) (Strategy, error) { return detached{grace: p.Duration("grace")}, nil },
	})
}

// detached starts a goroutine for every task and does not wait for them: a detached thread,
// spawn without join, an unawaited promise. Run sleeps for the whole grace period and
// returns nil. Tasks that still run then continue unobserved or end with the process; errors
// and Goexits are lost. A panic still ends the process. Tasks must handle cancellation
// themselves.
type detached struct{ grace time.Duration }

func (d detached) Run(ctx context.Context, b *Batch) error {
	for i := range b.Tasks() {
		go b.Do(ctx, i)
	}
	time.Sleep(d.grace)
	return nil
}
