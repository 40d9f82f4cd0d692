//go:build unix

package mockserver

import (
	"path/filepath"
	"syscall"
	"testing"
)

// namedPipe makes a pipe that nobody writes to: who opens it to read waits forever.
func namedPipe(t *testing.T, dir string) string {
	t.Helper()
	pipe := filepath.Join(dir, "pipe.csv")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}
