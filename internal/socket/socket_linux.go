// Package socket has the few system calls that an event loop needs, as thin as possible: no
// allocation, no scheduler, and the kernel's own timestamps.
package socket

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// backlog is the number of connections that the kernel may hold until they are accepted. The
// kernel has its own limit too (net.core.somaxconn).
const backlog = 4096

// Listen returns a non-blocking socket that listens on addr. Connections inherit its options: no
// Nagle delay, and timestamps on received data.
func Listen(addr *net.TCPAddr) (fd int, err error) {
	family, sa := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: addr.Port, Addr: netip.IPv6Unspecified().As16()})
	if addr.IP != nil {
		ip := addr.AddrPort().Addr().Unmap()
		if ip.Is4() {
			family, sa = unix.AF_INET, &unix.SockaddrInet4{Port: addr.Port, Addr: ip.As4()}
		} else {
			sa = &unix.SockaddrInet6{Port: addr.Port, Addr: ip.As16()}
		}
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err := setOptions(fd); err != nil {
		return -1, err
	}
	if err := unix.Bind(fd, sa); err != nil {
		return -1, err
	}
	return fd, unix.Listen(fd, backlog)
}

func setOptions(fd int) error {
	for _, option := range []struct{ level, name int }{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR},
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY},
	} {
		if err := unix.SetsockoptInt(fd, option.level, option.name, 1); err != nil {
			return fmt.Errorf("setting a socket option: %w", err)
		}
	}
	return nil
}

// Addr is the address that a socket listens on.
func Addr(fd int) (*net.TCPAddr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}, nil
	case *unix.SockaddrInet6:
		return &net.TCPAddr{IP: sa.Addr[:], Port: sa.Port}, nil
	}
	return nil, fmt.Errorf("unexpected socket address %T", sa)
}

// The system calls below cannot block, because the sockets are non-blocking and the time to
// wait is zero. They therefore bypass the scheduler.

// Receiver has the memory for a call of recvmsg.
type Receiver struct {
	control [64]byte
	iov     unix.Iovec
	msg     unix.Msghdr
}

// Receive reads the available data. stamp is the time at which the kernel received the last of
// it, in ns since 1970, or 0 if unknown.
func (r *Receiver) Receive(fd int, b []byte) (n int, stamp int64, errno unix.Errno) {
	r.iov.Base = unsafe.SliceData(b)
	r.iov.SetLen(len(b))
	r.msg = unix.Msghdr{Iov: &r.iov, Control: &r.control[0]}
	r.msg.SetIovlen(1)
	r.msg.SetControllen(len(r.control))
	got, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.msg)), 0)
	if errno != 0 {
		return 0, 0, errno
	}
	return int(got), timestamp(r.control[:min(int(r.msg.Controllen), len(r.control))]), 0
}

// timestamp finds the receive timestamp in control messages: header, seconds, ns.
func timestamp(control []byte) int64 {
	const header = int(unsafe.Sizeof(unix.Cmsghdr{}))
	const size = int(unsafe.Sizeof(unix.Timespec{}))
	if len(control) < header+size {
		return 0
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SCM_TIMESTAMPNS {
		return 0
	}
	if size == 16 {
		sec := binary.NativeEndian.Uint64(control[header:])
		nsec := binary.NativeEndian.Uint64(control[header+8:])
		return int64(sec)*int64(time.Second) + int64(nsec)
	}
	sec := binary.NativeEndian.Uint32(control[header:])
	nsec := binary.NativeEndian.Uint32(control[header+4:])
	return int64(int32(sec))*int64(time.Second) + int64(nsec)
}

// Send writes as much as the kernel accepts, without a signal if the peer has closed.
func Send(fd int, b []byte) (n int, errno unix.Errno) {
	r, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// Poll waits for events until timeout, in ns: 0 returns at once, a negative one waits forever.
func Poll(epfd int, events []unix.EpollEvent, timeout int64) (n int, errno unix.Errno) {
	limit := unix.NsecToTimespec(max(timeout, 0))
	at := &limit
	if timeout < 0 {
		at = nil
	}
	call := unix.Syscall6
	if timeout == 0 {
		call = unix.RawSyscall6
	}
	r, _, errno := call(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(unsafe.Pointer(at)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(r), 0
}

// Wake makes the eventfd readable.
func Wake(fd int) {
	one := [8]byte{0: 1, 7: 1}    // positive in either byte order
	_, _ = unix.Write(fd, one[:]) // fails only if it is already readable
}

// Woken makes the eventfd unreadable again.
func Woken(fd int) {
	var count [8]byte
	_, _ = unix.Read(fd, count[:])
}
