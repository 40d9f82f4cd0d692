//go:build !linux

package worker

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// pacer waits between the arrivals of a phase of load.
type pacer struct{}

func newPacer() (*pacer, error) { return &pacer{}, nil }

func (*pacer) close() error { return nil }

// sleep waits for d or returns the context's error.
func (*pacer) sleep(ctx context.Context, d time.Duration) error { return latency.Sleep(ctx, d) }
