// Package procenv reads the environment of other processes.
package procenv

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// A process that is just being loaded shows no environment, for well under a millisecond. Has
// waits as long as this for it, in steps.
const (
	loading = 20 * time.Millisecond
	step    = 100 * time.Microsecond
)

// Has reports whether the process was started with the environment variable, written as
// NAME=value. It returns false for a process that has ended or belongs to another user.
func Has(pid int, variable string) bool {
	environment := read(pid)
	for deadline := time.Now().Add(loading); len(environment) == 0 && isProgram(pid) && time.Now().Before(deadline); {
		time.Sleep(step)
		environment = read(pid)
	}
	return bytes.Contains(append([]byte{0}, environment...), []byte("\x00"+variable+"\x00"))
}

// read returns NAME=value strings that each end in a zero byte. It is empty for a process that
// is being loaded, has ended or belongs to another user, and for the kernel's own.
func read(pid int) []byte {
	environment, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return environment
}

// isProgram reports whether the process is alive and has a program: the kernel's own have none.
func isProgram(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil
}
