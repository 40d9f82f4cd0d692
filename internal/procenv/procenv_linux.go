// Package procenv reads the environment of other processes.
package procenv

import (
	"bytes"
	"fmt"
	"os"
)

// Has reports whether the process was started with the environment variable, written as
// NAME=value. It returns false for a process that has ended or belongs to another user.
func Has(pid int, variable string) bool {
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && bytes.Contains(append([]byte{0}, environment...), []byte("\x00"+variable+"\x00"))
}
