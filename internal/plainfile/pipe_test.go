//go:build unix

package plainfile

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Reading a named pipe would wait for its writer, so it is refused.
func TestNamedPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := Read(pipe, 4); err == nil || !strings.HasSuffix(err.Error(), "pipe is a named pipe, not a regular file") {
		t.Errorf("got %v", err)
	}
}
