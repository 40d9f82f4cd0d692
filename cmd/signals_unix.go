//go:build unix

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// takeAsErrors makes writes return an error that would otherwise end the process: to a
// reader that has ended, as in `fanbench run 2>&1 | head`, and beyond a limit on the size of
// files (ulimit -f). A run goes on without the reader, and says why it ends.
func takeAsErrors() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGXFSZ)
}
