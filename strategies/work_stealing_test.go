package strategies

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestTaskRange(t *testing.T) {
	var r taskRange
	r.set(3, 8)
	if i, ok := r.takeFirst(); i != 3 || !ok {
		t.Errorf("first of [3,8): %d, %v", i, ok)
	}
	if from, to, ok := r.takeHalf(); from != 6 || to != 8 || !ok {
		t.Errorf("half of [4,8): [%d,%d), %v", from, to, ok)
	}
	r.takeFirst()
	if from, to, ok := r.takeHalf(); from != 5 || to != 6 || !ok {
		t.Errorf("half of [5,6): [%d,%d), %v", from, to, ok)
	}
	if _, _, ok := r.takeHalf(); ok {
		t.Error("stole from an empty range")
	}
	if _, ok := r.takeFirst(); ok {
		t.Error("took from an empty range")
	}
}

// The first chunk holds all the work: stealing shares it out, static chunks do not.
func TestWorkStealingBalances(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"work-stealing:workers=4": 4 * time.Second,
		"static-chunks:workers=4": 16 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			b, _, err := runBatch(t, text, 64, func(_ context.Context, i int, _ *Record) error {
				if i < 16 {
					time.Sleep(time.Second)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if got := b.Elapsed(); got > want+time.Second || got < want {
				t.Errorf("%s took %v, want some %v", text, got, want)
			}
		})
	}
}
