package bench

import (
	"errors"
	"os"
	"syscall"
)

// deathSignal has no use here: a child learns of the coordinator's end by that of stdin.
type deathSignal = struct{}

var killOnDeath, tellOnDeath deathSignal

// childAttributes keep a terminal's Ctrl-C from a child, which is in a group of its own:
// the coordinator gets it, and ends its children in order.
func childAttributes(deathSignal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup kills a process. Those that it has started go on.
func killGroup(p *os.Process) error { return p.Kill() }

// askForDump reports that this system has no signal for it.
func askForDump(*os.Process) error { return errors.ErrUnsupported }

// killOwnGroup has no group to kill here.
func killOwnGroup() {}

// onHangup has no such signal to wait for here.
func onHangup(func()) (stop func()) { return func() {} }
