package mockserver

// exchange is a request that has arrived and its reply, in the loop.
type exchange struct {
	reply reply
	next  *exchange // the one behind it on its connection
	conn  *conn
	place int32 // in the heap of deadlines, -1 if it is not there
	sent  int64 // bytes of the body that the kernel has taken
	began int64 // when a slow body began
	head  bool  // no body, whatever the reply says
	old   bool  // HTTP/1.0
	close bool  // the connection ends with it
	ready bool  // its time has come; it waits for those before it
	state exchangeState
}

type exchangeState uint8

const (
	waiting  exchangeState = iota // for its time, or its turn
	sending                       // its first byte has been written
	finished                      // all that is to be written has been
)

// Moved is called with its place in the heap of deadlines.
func (ex *exchange) Moved(place int32) { ex.place = place }
