package bench

import (
	"errors"
	"os"
	"syscall"
)

// ownProcessGroup keeps a terminal's Ctrl-C from children: the conductor gets it, and
// ends them in order.
func ownProcessGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup kills a process. Those that it has started go on.
func killGroup(p *os.Process) error { return p.Kill() }

// askForDump reports that this system has no signal for it.
func askForDump(*os.Process) error { return errors.ErrUnsupported }
