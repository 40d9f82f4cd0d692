package mockserver

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
)

// The reply path is measured so often, each time after a pause in which its caches
// cool as they do between real answers, and taken to be at most replyPathMost.
const (
	replyPathSamples = 51
	replyPathPause   = 100 * time.Microsecond
	replyPathMost    = 20 * time.Microsecond
)

// replyPath is how long an answer takes, in ns, from here to its receipt by the kernel
// of a client on this machine: the median of some answers on a connection of its own.
// An answer that is due is sent so much earlier. It is measured once, in some 10 ms,
// and 0 where it cannot be.
var replyPath = sync.OnceValue(func() int64 {
	s, err := socket.Loopback()
	if err != nil {
		return 0
	}
	defer s.Close()
	answer, in := make([]byte, 200), make([]byte, 200)
	var receiver socket.Receiver
	var took []int64
	for range replyPathSamples {
		time.Sleep(replyPathPause)
		before := time.Now().UnixNano()
		if n, errno := socket.Send(s.Server, answer); errno != 0 || n != len(answer) {
			return 0
		}
		// On loopback what was sent has been received; the first stamps may be missing,
		// since the kernel takes a moment to begin with them.
		if n, stamp, errno := receiver.Receive(s.Client, in); errno == 0 && n == len(in) && stamp > before {
			took = append(took, stamp-before)
		} else if errno != 0 && errno != unix.EAGAIN {
			return 0
		}
	}
	if len(took) < replyPathSamples/2 {
		return 0
	}
	slices.Sort(took)
	return min(took[len(took)/2], int64(replyPathMost))
})
