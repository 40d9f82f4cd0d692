//go:build unix && !linux

package child

import "syscall"

// deathSignal has no use here: a child ends when its stdin does.
type deathSignal = struct{}

var KillOnDeath, TellOnDeath deathSignal

// childAttributes keep a terminal's Ctrl-C from a child, which has its own process group:
// the coordinator gets it, and ends its children in order.
func childAttributes(deathSignal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
