//go:build unix

package child

import (
	"os"
	"os/signal"
	"syscall"
)

// killGroup kills a process that leads its own group, and the group.
func killGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// askForDump makes a Go program write its goroutines to stderr and exit.
func askForDump(p *os.Process) error { return p.Signal(syscall.SIGQUIT) }

// KillOwnGroup kills this process and its group, if it leads one.
func KillOwnGroup() {
	if pid := os.Getpid(); syscall.Getpgrp() == pid {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}

// OnHangup calls f when this process gets SIGHUP, which the kernel sends when its
// coordinator is killed. stop ends this.
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
