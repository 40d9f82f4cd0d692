//go:build unix

package child

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup kills a process that leads a group of its own, and the group.
func killGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// askForDump has a Go program write its goroutines to stderr and exit.
func askForDump(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }

// KillOwnGroup kills this process, and whatever is in its group, if it leads one.
func KillOwnGroup() {
	if pid := os.Getpid(); syscall.Getpgrp() == pid {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}

// OnHangup calls f when this process gets SIGHUP: from the kernel when its coordinator is
// killed (tellOnDeath), or was while this process is stopped. stop ends that.
func OnHangup(f func()) (stop func()) {
	hangups, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		select {
		case <-hangups:
			f()
		case <-done:
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(done)
	}
}
