package plainfile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Read(file, 4); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := Read(file+"x", 4); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
	for name, want := range map[string]string{file: "a is larger than 3 bytes", dir: "is a directory, not a regular file"} {
		if _, err := Read(name, 3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if runtime.GOOS != "windows" {
		if _, err := Read("/dev/zero", 4); err == nil || err.Error() != "/dev/zero is a device, not a regular file" {
			t.Errorf("got %v", err)
		}
	}
}

// A file that grows while it is read is read only up to the limit.
func TestGrowingFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(name, []byte("much longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	if n, err := f.Read(buffer); err == nil || n > 5 || !strings.Contains(err.Error(), "has grown") {
		t.Errorf("%d bytes, %v", n, err)
	}
}
