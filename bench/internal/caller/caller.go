// Package caller makes the calls of bench/call that need nothing but the standard library:
// commands, queries by whatever driver the program has, exchanges over TCP.
//
// Importing it registers them. It may import bench/call and bench/request. Begin with command.go.
package caller

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/bench/call"
)

func init() {
	call.RegisterCaller("command", openCommand)
	call.RegisterCaller("sql", openSQL)
	call.RegisterCaller("tcp", openTCP)
}

// DialsAtOnce is the maximum number of connections that are being opened at once, so that no
// server's accept queue overflows.
const DialsAtOnce = 64

// openAll calls open n times, several at once, until one fails, and returns the first error.
func openAll(ctx context.Context, n int, open func() error) error {
	g, failed := errgroup.WithContext(ctx)
	g.SetLimit(DialsAtOnce)
	for i := 0; i < n && failed.Err() == nil; i++ {
		g.Go(open)
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
