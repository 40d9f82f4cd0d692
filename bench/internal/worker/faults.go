package worker

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"syscall"
)

// maxFaults is the maximum number of distinct error texts of a trial. Further errors are
// counted under the last text.
const maxFaults = 1000

// faults numbers the distinct error texts of a trial, from 1.
type faults struct {
	mu    sync.Mutex
	ids   map[string]uint32
	texts []string
}

func (f *faults) number(text string) uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id, ok := f.ids[text]; ok {
		return id
	}
	if len(f.texts) >= maxFaults {
		text = "other errors"
	}
	if f.ids == nil {
		f.ids = map[string]uint32{}
	}
	if id, ok := f.ids[text]; ok {
		return id
	}
	f.texts = append(f.texts, text)
	f.ids[text] = uint32(len(f.texts))
	return f.ids[text]
}

// take returns the texts and clears them.
func (f *faults) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	texts := f.texts
	f.ids, f.texts = nil, nil
	return texts
}

// plainly returns an error's text without what differs between requests (ports, URLs), so
// that equal causes have equal texts.
func plainly(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	var dns *net.DNSError
	var late *timeoutError
	switch {
	case errors.As(err, &late):
		return late.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "looking up " + dns.Name + ": " + dns.Err
	case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
		return "no file descriptor was left for a connection: raise the limit (ulimit -n), or have fewer tasks at once"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no local address and port was left for a connection: have fewer tasks at once (fanbench doctor counts the ports)"
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return "connecting to " + op.Addr.String() + ": " + op.Err.Error()
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}
