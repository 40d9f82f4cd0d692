package clock

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type item struct {
	at    int64
	place int32
}

func (i *item) Moved(place int32) { i.place = place }

func TestDeadlines(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var heap Deadlines[*item]
	var model []*item
	for range 20_000 {
		switch {
		case rng.IntN(3) > 0 && len(model) < 500:
			i := &item{at: rng.Int64N(1000)}
			heap.Push(i.at, i)
			model = append(model, i)
		case len(model) > 0 && rng.IntN(2) == 0: // any
			n := rng.IntN(len(model))
			heap.Remove(model[n].place)
			if model[n].place != -1 {
				t.Fatal("what was taken out still has a place")
			}
			model = slices.Delete(model, n, n+1)
		case len(model) > 0: // the first
			i := heap[0].Item
			heap.Remove(0)
			model = slices.DeleteFunc(model, func(m *item) bool { return m == i })
		}
		least := NoDeadline
		for _, i := range model {
			least = min(least, i.at)
			if heap[i.place].Item != i {
				t.Fatal("an item is not where it was told it is")
			}
		}
		if heap.First() != least || len(heap) != len(model) {
			t.Fatalf("first is %d of %d, want %d of %d", heap.First(), len(heap), least, len(model))
		}
	}
}

func TestSleepUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	for range 10 {
		go func() { done <- SleepUntil(ctx, Now()+int64(time.Hour)) }()
	}
	for range 10 {
		due := Now() + int64(2*time.Millisecond)
		if err := SleepUntil(ctx, due); err != nil || Now() < due {
			t.Errorf("woken %v too soon, %v", time.Duration(due-Now()), err)
		}
	}
	cancel()
	for range 10 {
		if err := <-done; err != context.Canceled {
			t.Errorf("got %v", err)
		}
	}
}
