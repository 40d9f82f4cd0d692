package mockserver

import (
	"errors"
	"net"
	"sync"
	"syscall"
)

// listener counts connections, keeps to their limit and refuses some.
type listener struct {
	net.Listener
	model *model
	slots chan struct{} // one taken by every open connection
	done  chan struct{} // closed by Close
	once  sync.Once

	mu   sync.Mutex
	open chan struct{} // closed while it listens
}

func newListener(l net.Listener, m *model, limit int) *listener {
	open := make(chan struct{})
	close(open)
	return &listener{Listener: l, model: m, slots: make(chan struct{}, limit), done: make(chan struct{}), open: open}
}

// listen makes the kernel accept or refuse connections.
func (l *listener) listen(on bool) error {
	raw, err := l.Listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.open
	if !on {
		l.open = make(chan struct{})
	}
	if controlErr := raw.Control(func(fd uintptr) { err = listenOn(int(fd), on) }); controlErr != nil {
		err = controlErr
	}
	switch {
	case err == nil && on:
		close(l.open)
	case err != nil && !on:
		l.open = was
	}
	return err
}

// listens blocks until the kernel accepts connections, and reports whether it will.
func (l *listener) listens() bool {
	l.mu.Lock()
	open := l.open
	l.mu.Unlock()
	select {
	case <-open:
		return true
	case <-l.done:
		return false
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, syscall.EINVAL) && l.listens() {
			continue // nothing can be accepted from a socket that does not listen
		}
		if err != nil {
			<-l.slots
			return nil, err
		}
		if l.model.accept() {
			return &countedConn{Conn: c, listener: l}, nil
		}
		setReset(c)
		c.Close()
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

// countedConn gives its slot back when it is closed.
type countedConn struct {
	net.Conn
	listener *listener
	once     sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.listener.model.tally.close()
		<-c.listener.slots
	})
	return c.Conn.Close()
}

// NetConn is the connection itself.
func (c *countedConn) NetConn() net.Conn { return c.Conn }
