package mockserver

import (
	"net"
	"sync"
)

// listener counts connections, keeps to their limit and refuses some.
type listener struct {
	net.Listener
	model *model
	slots chan struct{} // one taken by every open connection
	done  chan struct{} // closed by Close
	once  sync.Once
}

func newListener(l net.Listener, m *model, limit int) *listener {
	return &listener{Listener: l, model: m, slots: make(chan struct{}, limit), done: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	for {
		c, err := l.Listener.Accept()
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
