package caller

import "os/exec"

// inOwnGroup does nothing: the process alone is killed.
func inOwnGroup(*exec.Cmd) {}
