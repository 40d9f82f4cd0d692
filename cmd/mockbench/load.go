//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
)

// load sends evenly paced requests on its own connections. It measures each from just
// before the write to the kernel's timestamp of the answer's last byte. The scheduler of
// this program and other answers that it reads at the same time therefore do not affect the
// figure.
type load struct {
	conns  []*user
	epfd   int
	answer socket.Receiver
	buffer []byte
	events []unix.EpollEvent
	took   []time.Duration
	lost   int // connections that the server has closed
}

// user is one connection.
type user struct {
	fd      int
	sent    int64 // ns since 1970; 0 if no answer is awaited
	lost    bool
	partial []byte
}

// connectTime is the maximum time for a server to accept one connection.
const connectTime = 2 * time.Second

// dialLoad opens n connections.
func dialLoad(addr string, n int) (*load, error) {
	l := &load{buffer: make([]byte, 64<<10), events: make([]unix.EpollEvent, 256), epfd: -1}
	var err error
	if l.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	to, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return l, err
	}
	for range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return l, err
		}
		l.conns = append(l.conns, &user{fd: fd})
		for _, option := range []struct{ level, name int }{{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS}, {unix.IPPROTO_TCP, unix.TCP_NODELAY}} {
			if err := unix.SetsockoptInt(fd, option.level, option.name, 1); err != nil {
				return l, err
			}
		}
		if err := connect(fd, to); err != nil {
			return l, fmt.Errorf("connecting to %s: %w", addr, err)
		}
		if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(l.conns) - 1)}); err != nil {
			return l, err
		}
	}
	return l, nil
}

// connect connects a non-blocking socket.
func connect(fd int, to *net.TCPAddr) error {
	err := unix.Connect(fd, &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())})
	for end := time.Now().Add(connectTime); errors.Is(err, unix.EINPROGRESS) && time.Now().Before(end); {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		if n, _ := unix.Poll(fds, int(connectTime.Milliseconds())); n == 1 {
			var errno int
			if errno, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err == nil && errno != 0 {
				err = unix.Errno(errno)
			}
		}
	}
	return err
}

func (l *load) close() {
	for _, u := range l.conns {
		unix.Close(u.fd)
	}
	unix.Close(l.epfd)
}

// run sends rate requests per second for the given time, on each connection in turn, and
// returns how long each took. If some were not answered, it returns an error as well. It
// skips a connection that still awaits an answer.
func (l *load) run(ctx context.Context, addr, path string, rate float64, length time.Duration) ([]time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")
	l.took = nil
	begin := time.Now()
	gap := time.Duration(float64(time.Second) / rate)
	total := int(length / gap)
	next, awaited := 0, 0
	for next < total || awaited > 0 {
		elapsed := time.Since(begin)
		if ctx.Err() != nil || elapsed > length+10*time.Second {
			return l.took, fmt.Errorf("%d answers are missing", awaited)
		}
		for ; next < total && time.Duration(next)*gap <= elapsed; next++ {
			u := l.conns[next%len(l.conns)]
			if u.sent != 0 || u.lost {
				continue
			}
			u.sent = time.Now().UnixNano()
			if n, _ := socket.Send(u.fd, request); n == len(request) {
				awaited++
			} else { // the next read finds the connection closed
				u.sent = 0
			}
		}
		wait := int64(time.Second)
		if next < total {
			wait = max(int64(time.Duration(next)*gap-time.Since(begin)), 1)
		}
		n, errno := socket.Poll(l.epfd, l.events, wait)
		if errno != 0 && errno != unix.EINTR {
			return l.took, errno
		}
		for _, e := range l.events[:n] {
			done, err := l.read(l.conns[e.Fd])
			if err != nil {
				return l.took, err
			}
			if done {
				awaited--
			}
		}
	}
	if l.lost > 0 {
		return l.took, fmt.Errorf("the server has closed %d of %d connections", l.lost, len(l.conns))
	}
	return l.took, nil
}

// read reads the available part of an answer and reports whether the answer is complete.
func (l *load) read(u *user) (done bool, err error) {
	n, stamp, errno := l.answer.Receive(u.fd, l.buffer)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return false, nil
	case errno != 0 || n == 0:
		done = u.sent != 0
		u.sent, u.lost = 0, true
		l.lost++
		return done, unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, u.fd, nil)
	case u.sent == 0:
		return false, errors.New("an answer without a request")
	}
	b := l.buffer[:n]
	if len(u.partial) > 0 {
		u.partial = append(u.partial, b...)
		b = u.partial
	}
	if done, err = complete(b); !done || err != nil {
		u.partial = append([]byte(nil), b...)
		return false, err
	}
	if stamp == 0 {
		return false, fmt.Errorf("the kernel does not timestamp received data")
	}
	l.took = append(l.took, time.Duration(stamp-u.sent))
	u.sent, u.partial = 0, nil
	return true, nil
}

// complete reports whether b is a whole answer, which must be a 200 with a length.
func complete(b []byte) (bool, error) {
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok {
		return false, nil
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		line, _, _ := bytes.Cut(head, []byte("\r\n"))
		return false, fmt.Errorf("the answer is %q", line)
	}
	_, after, ok := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !ok {
		return false, fmt.Errorf("an answer without Content-Length: %q", head)
	}
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	length, err := strconv.Atoi(string(digits))
	return len(body) == length, err
}
