package mockserver

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
	"github.com/fanbench/fanbench/mockserver/internal/random"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// model decides what happens to each request and when. The engines share it and carry out
// its replies. Times are ns on the clock of package clock.
type model struct {
	seed     uint64
	plan     atomic.Pointer[plan]
	changing sync.Mutex   // held while a plan is replaced
	begin    atomic.Int64 // of the faults' windows
	next     atomic.Int64 // the task of the next request that names none
	accepted atomic.Int64 // connections, for faults that strike them
	tally    tally
	log      atomic.Pointer[arrivalLog] // nil if arrivals are not logged
	ending   chan struct{}              // closed when the server is to end
	end      sync.Once
}

// later is a time and a duration of at least zero, or the last time of all.
func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// plan is a configuration prepared for use: routes, the last of which matches every path.
type plan struct{ routes []*service }

// queue is a running capacity, under either discipline.
type queue struct {
	station station
	sharing sharing
}

func (q *queue) set(c config.Capacity, now int64) {
	q.station.set(c)
	q.sharing.set(c, now)
}

// service is the running behaviour of a route.
type service struct {
	route    config.Route
	capacity config.Capacity // the route's own, or the server's
	queue    *queue
	buckets  []*bucket // by fault; nil if it is no rate limit
}

func newModel(c config.Config) *model {
	m := &model{seed: c.Seed, ending: make(chan struct{})}
	m.tally.init()
	m.begin.Store(clock.Now())
	m.install(c.Behavior, c.Routes)
	return m
}

// install makes a behaviour the current one. Routes that stay keep their queues; the buckets
// of rate limits are full again.
func (m *model) install(b config.Behavior, routes []config.Route) {
	m.changing.Lock()
	defer m.changing.Unlock()
	old := map[string]*queue{}
	if p := m.plan.Load(); p != nil {
		for _, s := range p.routes {
			old[s.route.Path] = s.queue
		}
	}
	last := newService(config.Route{Path: "*", Behavior: b}, old["*"])
	next := &plan{}
	for _, r := range routes {
		s := newService(r, old[r.Path])
		if r.Slots == 0 {
			s.queue, s.capacity = last.queue, last.capacity
		}
		next.routes = append(next.routes, s)
	}
	next.routes = append(next.routes, last)
	m.plan.Store(next)
}

func newService(r config.Route, q *queue) *service {
	if q == nil {
		q = new(queue)
	}
	q.set(r.Capacity, clock.Now())
	s := &service{route: r, capacity: r.Capacity, queue: q, buckets: make([]*bucket, len(r.Faults))}
	for i, f := range r.Faults {
		if f.Kind == config.FaultRateLimit {
			s.buckets[i] = newBucket(f.Rate, f.Burst)
		}
	}
	return s
}

// reset starts over: counters at zero, tasks numbered from 0, the faults' windows and
// buckets as at the start. Requests in flight continue and are counted.
func (m *model) reset() {
	m.tally.reset()
	m.next.Store(0)
	m.accepted.Store(0)
	m.begin.Store(clock.Now())
	b, routes := m.behavior()
	m.install(b, routes)
}

// behavior returns the current behaviour.
func (m *model) behavior() (config.Behavior, []config.Route) {
	all := m.plan.Load().routes
	last := len(all) - 1
	var routes []config.Route
	for _, s := range all[:last] {
		routes = append(routes, s.route)
	}
	return all[last].route.Behavior, routes
}

// reply is the answer to a request: its content, its time, and how much of it is sent.
type reply struct {
	outcome outcome
	arrival int64
	start   int64 // of the service
	due     int64 // when the answer is sent; with a job, not before
	job     *job  // in a shared service; nil otherwise
	status  int
	retry   int64            // seconds of a Retry-After header, 0 for none
	size    int64            // of the body
	sent    int64            // bytes of the body that are sent, size unless a fault cuts it
	rate    int64            // bytes a second of the body, 0 for no limit
	fault   config.FaultKind // what the engine has to do to the connection, "" for nothing
	text    string           // the body if it is not filler
}

// asked is the requested service time.
func (r *reply) asked() time.Duration { return time.Duration(r.due - r.start) }

// timed reports whether the reply follows a service.
func (r *reply) timed() bool { return r.outcome == served || r.outcome == faulted }

// answerAt returns the plainest reply: at once.
func answerAt(arrival int64) reply {
	return reply{outcome: served, arrival: arrival, start: arrival, due: arrival, status: http.StatusOK}
}

// admit decides on a request that has arrived.
func (m *model) admit(path, query string, arrival int64) reply {
	r := answerAt(arrival)
	c, err := parseControl(query)
	if err != nil {
		return r.answer(badRequest, http.StatusBadRequest, err.Error())
	}
	if c.task < 0 {
		c.task = int(m.next.Add(1) - 1)
	}
	s := m.plan.Load().find(path)
	f, wait := s.strike(m.seed, c.round, c.task, arrival, m.begin.Load())
	if wait > 0 {
		r.retry = (wait + int64(time.Second) - 1) / int64(time.Second)
		return r.answer(rejected, http.StatusTooManyRequests, "rate limit")
	}
	asked := c.delay
	if asked < 0 {
		asked = s.route.Latency.At(m.seed, c.round, c.task)
	}
	if !s.enter(&r, int64(asked)) {
		if s.capacity.Full == config.FullReset {
			r.outcome, r.fault = rejected, config.FaultReset
			return r
		}
		return r.answer(rejected, http.StatusServiceUnavailable, "queue full")
	}
	if c.status >= 0 {
		r.status = c.status
	}
	if r.size = c.size; r.size < 0 {
		r.size = s.route.Size.At(m.seed, c.round, c.task)
	}
	r.sent = r.size
	if f != nil {
		r.suffer(f)
	}
	return r
}

// enter queues the reply, and reports whether there is room.
func (s *service) enter(r *reply, service int64) bool {
	if s.capacity.Discipline == config.ProcessorSharing {
		if r.job = s.queue.sharing.admit(r.arrival, service); r.job == nil {
			return false
		}
		r.settled(r.arrival)
		return true
	}
	start, ok := s.queue.station.admit(r.arrival, service)
	if ok {
		r.start, r.due = start, later(start, service)
	}
	return ok
}

// settled reports whether due is final. Requests that share a service end later as more
// arrive; then due moves.
func (r *reply) settled(now int64) bool {
	if r.job == nil {
		return true
	}
	var ended bool
	r.due, ended = r.job.check(now)
	return ended
}

// answer replaces the reply by one that is sent at once, with a line of text.
func (r reply) answer(o outcome, status int, text string) reply {
	r.outcome, r.status, r.text = o, status, text+"\n"
	r.size = int64(len(r.text))
	r.sent = r.size
	return r
}

// suffer applies the fault to the reply.
func (r *reply) suffer(f *config.Fault) {
	switch r.outcome = faulted; f.Kind {
	case config.FaultStatus:
		r.status, r.retry = f.Status, int64(f.RetryAfter/time.Second)
	case config.FaultSlowBody:
		// Slow, but whole.
		r.outcome, r.rate = served, f.BytesPerSecond
	case config.FaultResetBody, config.FaultTruncate:
		r.fault, r.sent = f.Kind, int64(f.At*float64(r.size))
	default:
		r.fault = f.Kind
	}
}

func (p *plan) find(path string) *service {
	last := len(p.routes) - 1
	for _, s := range p.routes[:last] {
		if matches(s.route.Path, path) {
			return s
		}
	}
	return p.routes[last]
}

// matches reports whether a route's path is for the path of a request.
func matches(route, path string) bool {
	if prefix, ok := strings.CutSuffix(route, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return path == route
}

// strikes reports whether the n-th fault strikes a task at a time since the start.
func strikes(f *config.Fault, n int, seed uint64, round, task int, at time.Duration) bool {
	if at < f.After || f.For > 0 && at-f.After >= f.For {
		return false
	}
	if len(f.Tasks) > 0 && !slices.ContainsFunc(f.Tasks, func(r latency.TaskRange) bool { return r.Has(task) }) {
		return false
	}
	return f.Probability == 0 || random.Uniform(random.Fault+random.Stream(n), seed, round, task) < f.Probability
}

// strike returns the fault that strikes a task, or the number of ns by which it was too
// early for a rate limit.
func (s *service) strike(seed uint64, round, task int, arrival, begin int64) (f *config.Fault, wait int64) {
	for i := range s.route.Faults {
		f := &s.route.Faults[i]
		if f.Kind == config.FaultRefuse || !strikes(f, i, seed, round, task, time.Duration(arrival-begin)) {
			continue
		}
		if s.buckets[i] == nil {
			return f, 0
		}
		if wait, ok := s.buckets[i].take(arrival); !ok {
			return f, wait
		}
	}
	return nil, 0
}

// accept counts a new connection and reports whether to serve it.
func (m *model) accept() bool {
	n := int(m.accepted.Add(1) - 1)
	at := time.Duration(clock.Now() - m.begin.Load())
	p := m.plan.Load()
	faults := p.routes[len(p.routes)-1].route.Faults
	for i := range faults {
		if faults[i].Kind == config.FaultRefuse && strikes(&faults[i], i, m.seed, 0, n, at) {
			m.tally.refuse()
			return false
		}
	}
	m.tally.open()
	return true
}
