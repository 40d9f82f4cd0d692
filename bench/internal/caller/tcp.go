package caller

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/internal/quote"
)

// tcp sends and receives over connections that it keeps.
type tcp struct {
	*call.TCP
	means call.Means

	mu     sync.Mutex
	idle   []*tcpConn // the last that was used is used first
	closed bool
}

type tcpConn struct {
	net.Conn
	in *bufio.Reader
}

func openTCP(c call.Call, m call.Means) (call.Caller, error) {
	of, ok := c.(*call.TCP)
	if !ok {
		return nil, fmt.Errorf("%T is no exchange over TCP", c)
	}
	return &tcp{TCP: of, means: m}, nil
}

func (k *tcp) dial(ctx context.Context) (*tcpConn, error) {
	conn, err := k.means.Dial(ctx, "tcp", k.Address)
	if err != nil {
		return nil, err
	}
	return &tcpConn{conn, bufio.NewReader(conn)}, nil
}

func (k *tcp) Open(ctx context.Context, atOnce int, warm bool) error {
	k.mu.Lock()
	k.closed = false
	k.mu.Unlock()
	if !warm {
		return nil
	}
	return openAll(ctx, atOnce, func() error {
		conn, err := k.dial(ctx)
		if err == nil {
			k.put(conn)
		}
		return err
	})
}

func (k *tcp) put(conn *tcpConn) {
	k.mu.Lock()
	if !k.closed {
		k.idle, conn = append(k.idle, conn), nil
	}
	k.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

func (k *tcp) take(ctx context.Context) (*tcpConn, error) {
	k.mu.Lock()
	if n := len(k.idle); n > 0 {
		conn := k.idle[n-1]
		k.idle = k.idle[:n-1]
		k.mu.Unlock()
		return conn, nil
	}
	k.mu.Unlock()
	return k.dial(ctx)
}

var errShort = errors.New("the service closed the connection before its answer was complete")

// past is a time that has passed, also by a clock that is set back.
var past = time.Unix(1, 0)

func (k *tcp) Do(ctx context.Context, t call.Task) (call.Answer, error) {
	conn, err := k.take(ctx)
	if err != nil {
		return call.Answer{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
	sent := t.Fill(k.Send)
	n, err := k.exchange(conn, sent)
	if !stop() || err != nil || k.Read == call.ReadEOF {
		conn.Close() // a deadline was set, or more of an answer may come
	} else {
		k.put(conn)
	}
	if err != nil && ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctx.Err()
	}
	return call.Answer{Bytes: n}, err
}

// exchange sends a text and reads the answer. It returns the answer's size.
func (k *tcp) exchange(conn *tcpConn, sent string) (int64, error) {
	if _, err := io.WriteString(conn, sent); err != nil {
		return 0, err
	}
	var seen bytes.Buffer
	var to io.Writer = io.Discard
	if k.Expect != "" {
		to = &seen
	}
	n, err := k.read(conn.in, to, int64(len(sent)))
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return n, errShort
	case err != nil:
		return n, err
	case k.Expect != "" && !bytes.Contains(seen.Bytes(), []byte(k.Expect)):
		return n, fmt.Errorf("the answer does not contain %s", quote.Text(k.Expect))
	}
	return n, nil
}

func (k *tcp) read(in *bufio.Reader, to io.Writer, sent int64) (n int64, err error) {
	switch k.Read {
	case call.ReadEOF:
		n, err = io.Copy(to, io.LimitReader(in, call.MaxAnswer+1))
		if err == nil && n > call.MaxAnswer {
			err = fmt.Errorf("the answer is longer than %d MiB, the most that is read", call.MaxAnswer>>20)
		}
		return n, err
	case call.ReadLine:
		for {
			part, err := in.ReadSlice('\n')
			n += int64(len(part))
			if n > call.MaxAnswer {
				return n, fmt.Errorf("the answer's line is longer than %d MiB, the most that is read", call.MaxAnswer>>20)
			}
			_, _ = to.Write(part)
			if !errors.Is(err, bufio.ErrBufferFull) {
				return n, err
			}
		}
	case call.ReadEcho, "":
		return io.CopyN(to, in, sent)
	}
	size, err := strconv.ParseInt(k.Read, 10, 64)
	if err != nil {
		return 0, err
	}
	return io.CopyN(to, in, size)
}

func (*tcp) Connections() int64 { return 0 } // Dial counts

func (k *tcp) Close() error {
	k.mu.Lock()
	idle := k.idle
	k.idle, k.closed = nil, true
	k.mu.Unlock()
	var errs []error
	for _, conn := range idle {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
