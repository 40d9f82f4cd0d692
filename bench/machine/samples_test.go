package machine

import (
	"os"
	"runtime"
	"testing"
)

// What a process uses is read from the system, where it tells.
func TestObserve(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux only")
	}
	before, err := Observe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 4 << 10 {
		held[i] = 1
	}
	after, err := Observe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(held)
	if before.Threads < 1 || after.RSS-before.RSS < 32<<20 || after.CPU <= before.CPU {
		t.Errorf("before %+v, after %+v", before, after)
	}
}
