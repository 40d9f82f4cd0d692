package mockserver

import "sync/atomic"

// Arrival is when a request was received.
type Arrival struct {
	// At is in ns since 1970: with the loop engine the kernel's time stamp of the request's
	// last bytes (SO_TIMESTAMPNS), with net/http when the handler started.
	At int64
	// Connection is the same for all requests of a connection and differs between open
	// connections; 0 with net/http.
	Connection uint64
}

// LogArrivals discards the arrivals that are logged and, from now on, logs those of the
// next n requests. 0 ends the log. It is for measuring load generators: the kernel's stamp
// depends neither on this server nor on its load.
func (s *Server) LogArrivals(n int) {
	if n <= 0 {
		s.model.log.Store(nil)
		return
	}
	s.model.log.Store(&arrivalLog{entries: make([]Arrival, n)})
}

// Arrivals returns what has been logged since the last LogArrivals, in the order in which
// the requests were read. Call it when no request is under way.
func (s *Server) Arrivals() []Arrival {
	log := s.model.log.Load()
	if log == nil {
		return nil
	}
	return log.entries[:log.written.Load()]
}

// arrivalLog is written by all loops at once, and takes no lock.
type arrivalLog struct {
	next    atomic.Int64 // entries that were given out; may exceed those that there are
	written atomic.Int64
	entries []Arrival
}

// note logs an arrival, if there is room. A nil log notes nothing.
func (a *arrivalLog) note(at int64, connection uint64) {
	if a == nil {
		return
	}
	if i := a.next.Add(1) - 1; i < int64(len(a.entries)) {
		a.entries[i] = Arrival{at, connection}
		a.written.Add(1)
	}
}
