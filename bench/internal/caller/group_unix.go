//go:build unix

package caller

import (
	"os/exec"
	"syscall"
)

// inOwnGroup has a process killed together with those that it starts.
func inOwnGroup(p *exec.Cmd) {
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.Cancel = func() error { return syscall.Kill(-p.Process.Pid, syscall.SIGKILL) }
}
