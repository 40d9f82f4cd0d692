package socket

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Pair is the two ends of a TCP connection, non-blocking, with the options of Listen.
type Pair struct{ Client, Server int }

// Close closes both ends.
func (p Pair) Close() {
	unix.Close(p.Client)
	unix.Close(p.Server)
}

// Loopback opens a connection over the loopback interface.
func Loopback() (p Pair, err error) {
	listener, err := Listen(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return p, err
	}
	defer unix.Close(listener)
	to, err := unix.Getsockname(listener)
	if err != nil {
		return p, err
	}
	if p.Client, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return p, err
	}
	if err = setOptions(p.Client); err == nil {
		err = unix.Connect(p.Client, to) // returns once the connection is in the listener's backlog
	}
	if err == nil {
		err = unix.SetNonblock(p.Client, true)
	}
	if err == nil {
		p.Server, _, err = unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	}
	if err != nil {
		unix.Close(p.Client)
		return p, fmt.Errorf("connecting over loopback: %w", err)
	}
	return p, nil
}
