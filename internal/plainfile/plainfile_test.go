package plainfile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Read(file); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := Read(file + "x"); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
	if runtime.GOOS != "windows" {
		if _, err := Read("/dev/zero"); err == nil || !strings.Contains(err.Error(), "/dev/zero: is a device") {
			t.Errorf("got %v", err)
		}
	}
}
