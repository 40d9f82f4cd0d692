//go:build unix

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// takeAsErrors makes certain writes fail instead of ending the process: to a closed pipe, as
// in `fanbench run 2>&1 | head`, and beyond the file size limit (ulimit -f). A run then goes
// on without its reader, or reports why it ends.
func takeAsErrors() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGXFSZ)
}
