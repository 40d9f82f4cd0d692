package child

import "syscall"

// deathSignal is the signal that a child gets when the thread that started it ends.
type deathSignal = syscall.Signal

const (
	KillOnDeath deathSignal = syscall.SIGKILL // for programs of any kind
	TellOnDeath deathSignal = syscall.SIGHUP  // for worker.Serve, which also ends what the strategy has started
)

// childAttributes put a child into its own process group, so that a terminal's Ctrl-C does
// not reach it: the coordinator gets it, and ends its children in order. They also make the
// child end when the coordinator is killed.
func childAttributes(death deathSignal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}
