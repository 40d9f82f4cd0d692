package strategytest

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/strategies"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What some of the liars share among batches.
var (
	busy     atomic.Bool
	theFirst atomic.Pointer[error]
)

// liars are strategies that do not do what they declare, and what is to be said of
// each. The children find them in the registry too.
var liars = []struct {
	name string
	lie  func(s *strategies.Spec)
	want []string
}{
	{"honest", func(*strategies.Spec) {}, nil},

	{"keeps-order", func(s *strategies.Spec) { s.Traits.KeepsOrder = false }, []string{"KeepsOrder: declared false, found true"}},
	{"rejects", func(s *strategies.Spec) { s.Traits.Rejects = true }, []string{"Rejects: declared true, found false"}},
	{"one-at-a-time", func(s *strategies.Spec) { // a batch that comes while another runs is forgotten
		behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
			if busy.Swap(true) {
				return nil
			}
			defer busy.Store(false)
			return s.Run(ctx, b)
		})(s)
	}, []string{"declared limit of 3 batches together 12: never reached, at most 4 tasks ran at once", "Concurrent: declared true, found false"}},
	{"mixes-up-errors", behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
		err := s.Run(ctx, b)
		if first := theFirst.Swap(&err); first != nil && err != nil {
			return errors.Join(*first, err)
		}
		return err
	}), []string{"Concurrent: declared true, found false"}},
	{"covers-the-process", func(s *strategies.Spec) { s.InAll = func(strategies.Params) int { return 4 } }, []string{"declared limit of 3 batches together 4: exceeded, 12 tasks ran at once"}},
	{"takes-turns", func(s *strategies.Spec) {
		inner := s.New
		s.New = func(p strategies.Params) (strategies.Strategy, error) {
			strategy, err := inner(p)
			turn := make(chan struct{}, 1)
			return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
				turn <- struct{}{}
				defer func() { <-turn }()
				return strategy.Run(ctx, b)
			}), err
		}
	}, []string{"declared limit of 3 batches together 12: never reached, at most 4 tasks ran at once"}},
	{"returns-early", func(s *strategies.Spec) { s.Traits.ReturnsEarly = true }, []string{"ReturnsEarly: declared true, found false"}},
	{"reports", func(s *strategies.Spec) { s.Traits.Reports = strategies.ReportsFirst }, []string{"Reports: declared first, found all"}},
	{"on-error", func(s *strategies.Spec) { s.Traits.OnError = strategies.StopsAtFirst }, []string{"OnError: declared stops at first, found runs all"}},
	{"on-panic", func(s *strategies.Spec) { s.Traits.OnPanic = strategies.BecomesError }, []string{"OnPanic: declared becomes error, found crashes"}},
	{"on-cancel", func(s *strategies.Spec) { s.Traits.OnCancel = strategies.StopsStarting }, []string{"OnCancel: declared stops starting, found ignores"}},
	{"on-goexit", func(s *strategies.Spec) { s.Traits.OnGoexit = strategies.Swallowed }, []string{"OnGoexit: declared swallowed, found hangs"}},

	{"narrower", width(3), []string{"declared width 3: exceeded, 4 of 75 tasks ran at once", "declared limit of 3 batches together 9: exceeded, 12 tasks ran at once"}},
	{"wider", width(5), []string{"declared width 5: never reached, at most 4 of 125 tasks ran at once", "declared limit of 3 batches together 15: never reached, at most 12 tasks ran at once"}},

	{"skips", behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
		if b.Len() == 1 {
			return nil
		}
		return s.Run(ctx, b)
	}), []string{"1 tasks that all succeed: 1 never started, 0 run twice, 0 not done"}},
	{"repeats", behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
		err := s.Run(ctx, b)
		if b.Len() == 2 {
			b.Do(ctx, 1)
		}
		return err
	}), []string{"2 tasks that all succeed: 0 never started, 1 run twice, 0 not done"}},
	{"leaks", behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
		if b.Len() == 2 {
			go func() { select {} }()
		}
		return s.Run(ctx, b)
	}), []string{"1 goroutines are left after Close"}},
	{"hangs", behaves(func(ctx context.Context, b *strategies.Batch, s strategies.Strategy) error {
		if b.Len() == 2 {
			select {}
		}
		return s.Run(ctx, b)
	}), []string{
		"2 tasks that all succeed: Run hangs",
		"2 tasks that all succeed: 2 never started, 0 run twice, 0 not done",
	}},
}

func width(n int) func(*strategies.Spec) {
	return func(s *strategies.Spec) { s.Width = func(strategies.Params) int { return n } }
}

func behaves(run func(context.Context, *strategies.Batch, strategies.Strategy) error) func(*strategies.Spec) {
	return func(s *strategies.Spec) {
		inner := s.New
		s.New = func(p strategies.Params) (strategies.Strategy, error) {
			strategy, err := inner(p)
			return strategies.Func(func(ctx context.Context, b *strategies.Batch) error { return run(ctx, b, strategy) }), err
		}
	}
}

// Every liar is a fixed pool of four workers, but for its lie.
func init() {
	pool, err := strategies.Parse("fixed-pool:workers=4")
	if err != nil {
		panic(err)
	}
	for _, l := range liars {
		s := strategies.Spec{
			Name:   "test-" + l.name,
			Traits: pool.Spec.Traits,
			Width:  func(strategies.Params) int { return 4 },
			New:    func(strategies.Params) (strategies.Strategy, error) { return pool.New() },
		}
		l.lie(&s)
		strategies.Register(s)
	}
}

func TestLiesAreCaught(t *testing.T) {
	serveChild(t)
	for _, l := range liars {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			c, err := strategies.Parse("test-" + l.name)
			if err != nil {
				t.Fatal(err)
			}
			problems, err := check(c, rootName(t))
			if err != nil {
				t.Fatal(err)
			}
			got, want := strings.Join(problems, "\n"), strings.Join(l.want, "\n")
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
