package mockserver

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
	"github.com/fanbench/fanbench/mockserver/config"
)

// loops is the engine of event loops. Each has its own thread and serves its own
// connections. All accept from the same socket, and distribute connections round robin.
type loops struct {
	bound net.Addr
	all   []*loop

	mu sync.Mutex
	fd int // that listens; -1 once it is closed
}

// loopSupported returns why the loop cannot serve on this system. It asks once.
var loopSupported = sync.OnceValue(func() error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("the event loop needs epoll: %w", err)
	}
	defer unix.Close(epfd)
	if _, errno := socket.Poll(epfd, make([]unix.EpollEvent, 1), 0); errno != 0 {
		return fmt.Errorf("the event loop needs Linux 5.11 for epoll_pwait2: %w", errno)
	}
	return nil
})

func startLoop(c config.Config, m *model) (engine, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.Addr)
	if err != nil {
		return nil, listenError("addr", c.Addr, err)
	}
	fd, err := socket.Listen(addr)
	if err != nil {
		return nil, listenError("addr", c.Addr, err)
	}
	e := &loops{fd: fd}
	if e.bound, err = socket.Addr(fd); err != nil {
		unix.Close(fd)
		return nil, listenError("addr", c.Addr, err)
	}
	// One of GOMAXPROCS stays free for the rest of the program, see Dedicate: a loop
	// that returns from waiting and finds none would have to queue for it.
	d := new(dealer)
	for range max(runtime.GOMAXPROCS(0)-1, 1) {
		l, err := newLoop(c.Limits, m, d, fd)
		if err != nil {
			for _, l := range d.loops {
				l.closeDescriptors()
			}
			unix.Close(fd)
			return nil, fmt.Errorf("starting an event loop: %w", err)
		}
		d.loops = append(d.loops, l)
	}
	e.all = d.loops
	for _, l := range e.all {
		go l.run()
	}
	return e, nil
}

func (e *loops) addr() net.Addr { return e.bound }

// listen does nothing to the loops: nothing can be accepted from a socket that does not
// listen, and they try again soon.
func (e *loops) listen(on bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fd < 0 {
		return net.ErrClosed
	}
	return listenOn(e.fd, on)
}

func (e *loops) shutdown(ctx context.Context) error {
	e.mu.Lock()
	if e.fd >= 0 {
		_ = unix.Shutdown(e.fd, unix.SHUT_RDWR) // refuses connections from now on
	}
	e.mu.Unlock()
	for _, l := range e.all {
		l.tell(draining)
	}
	var err error
	for _, l := range e.all {
		select {
		case <-l.done:
		case <-ctx.Done():
			err = ctx.Err()
			l.tell(cutting)
			<-l.done
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fd >= 0 {
		unix.Close(e.fd)
		e.fd = -1
	}
	return err
}
