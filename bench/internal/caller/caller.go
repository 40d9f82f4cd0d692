// Package caller makes the calls of bench/call that need nothing but the standard library:
// commands, queries by whatever driver the program has, exchanges over TCP.
//
// Importing it registers them. It may import bench/call. Begin with command.go.
package caller

import (
	"sync"
	"sync/atomic"

	"github.com/fanbench/fanbench/bench/call"
)

func init() {
	call.RegisterCaller("command", openCommand)
	call.RegisterCaller("sql", openSQL)
	call.RegisterCaller("tcp", openTCP)
}

// dialsAtOnce is the maximum number of connections that are being opened at once, so that no
// server's accept queue overflows.
const dialsAtOnce = 64

// openAll calls open n times, several at once, and returns the first error.
func openAll(n int, open func() error) error {
	var wg sync.WaitGroup
	var once sync.Once
	var failed atomic.Bool
	var first error
	places := make(chan struct{}, dialsAtOnce)
	for range n {
		places <- struct{}{}
		if failed.Load() {
			<-places
			break
		}
		wg.Go(func() {
			defer func() { <-places }()
			if err := open(); err != nil {
				failed.Store(true)
				once.Do(func() { first = err })
			}
		})
	}
	wg.Wait()
	return first
}
