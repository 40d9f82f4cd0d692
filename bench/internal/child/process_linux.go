package child

import "syscall"

// deathSignal is what a child gets when the thread ends that has started it.
type deathSignal = syscall.Signal

const (
	KillOnDeath deathSignal = syscall.SIGKILL // for programs of any kind
	TellOnDeath deathSignal = syscall.SIGHUP  // for worker.Serve, which also ends what the strategy has started
)

// childAttributes keep a terminal's Ctrl-C from a child, which is in a group of its own:
// the coordinator gets it, and ends its children in order. And they have the child end
// when the coordinator is killed.
func childAttributes(death deathSignal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}
