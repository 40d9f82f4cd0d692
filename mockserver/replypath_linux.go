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

// replyPath is the time from sending an answer to its receipt by the kernel of a client on
// this machine, in ns: the median of some answers on a separate connection. An answer is
// sent earlier by this time. It is measured once, in about 10 ms, and is 0 if it cannot be
// measured.
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
