package bench

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/strategies"
)

// The test binary is also the worker that tests start: see TestMain.
const workerEnv = "FANBENCH_TEST_WORKER"

// Strategies that go wrong, for tests.
func init() {
	bad := func(name string, run strategies.Func) {
		strategies.Register(strategies.Spec{
			Name: name, Doc: "a strategy that goes wrong, for tests",
			Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
			New:    func(strategies.Params) (strategies.Strategy, error) { return run, nil },
		})
	}
	// Half of the batch, then what the name says.
	half := func(ctx context.Context, b *strategies.Batch) {
		for i := range b.Len() / 2 {
			_ = b.Do(ctx, i)
		}
	}
	bad("test-panics", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		panic("test-panics panics")
	})
	bad("test-exits", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		os.Exit(7)
		return nil
	})
	bad("test-hangs", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		select {}
	})
	bad("test-exhausts-memory", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		var held [][]byte
		for range 1 << 10 { // 8 GiB: an end, should nobody put one to it
			page := make([]byte, 8<<20)
			for i := 0; i < len(page); i += 4096 {
				page[i] = 1
			}
			held = append(held, page)
			time.Sleep(time.Millisecond)
		}
		runtime.KeepAlive(held)
		return nil
	})
	bad("test-exhausts-threads", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
		for range 1000 {
			go func() {
				runtime.LockOSThread()
				select {}
			}()
		}
		select {}
	})
	bad("test-loses", func(ctx context.Context, b *strategies.Batch) error {
		half(ctx, b)
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

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == testProgram {
		if err := serveProgram(os.Args[2], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ServeIfWorker()
	beCoordinator()
	if os.Getenv(workerEnv) != "" {
		err := worker.Serve(os.Stdin, os.Stdout, func() { os.Exit(3) })
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// workerCommand is the command of a worker process that is this test binary.
func workerCommand(t testing.TB) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(workerEnv, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else every process waits a second before it ends
	return []string{self}
}

// patient is a timeout for what takes no time: it only keeps a broken test from
// hanging.
const patient = time.Minute

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
