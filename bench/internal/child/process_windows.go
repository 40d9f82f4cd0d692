package child

import (
	"errors"
	"os"
	"syscall"
)

// deathSignal has no use here: a child ends when its stdin does.
type deathSignal = struct{}

var KillOnDeath, TellOnDeath deathSignal

// childAttributes keep a terminal's Ctrl-C from a child, which has its own process group:
// the coordinator gets it, and ends its children in order.
func childAttributes(deathSignal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup kills a process. Those that it has started go on.
func killGroup(p *os.Process) error { return p.Kill() }

// askForDump reports that this system has no signal for it.
func askForDump(*os.Process) error { return errors.ErrUnsupported }

// KillOwnGroup has no group to kill here.
func KillOwnGroup() {}

// OnHangup has no such signal to wait for here.
func OnHangup(func()) (stop func()) { return func() {} }
