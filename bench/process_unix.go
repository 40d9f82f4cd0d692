//go:build unix

package bench

import (
	"os"
	"syscall"
)

// ownProcessGroup keeps a terminal's Ctrl-C from children: the conductor gets it, and
// ends them in order.
func ownProcessGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process that leads a group of its own, and the group.
func killGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// askForDump has a Go program write its goroutines to stderr and exit.
func askForDump(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }
