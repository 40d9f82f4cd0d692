package worker

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/strategies"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is a timeout for what takes no time: it only keeps a broken test from
// hanging.
const patient = time.Minute

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Strategies that go wrong, for tests.
func init() {
	bad := func(name string, run strategies.Func) {
		strategies.Register(strategies.Spec{
			Name: name, Doc: "a strategy that goes wrong, for tests",
			Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
			New:    func(strategies.Params) (strategies.Strategy, error) { return run, nil },
		})
	}
	bad("test-loses", func(ctx context.Context, b *strategies.Batch) error {
		for i := range b.Len() / 2 {
			_ = b.Do(ctx, i)
		}
		return nil
	})
	bad("test-doubles", func(ctx context.Context, b *strategies.Batch) error {
		for i := range b.Len() {
			_ = b.Do(ctx, i)
			_ = b.Do(ctx, i)
		}
		return nil
	})
	bad("test-returns-early", func(ctx context.Context, b *strategies.Batch) error {
		for i := range b.Len() {
			go func() { _ = b.Do(ctx, i) }()
		}
		return nil
	})
}
