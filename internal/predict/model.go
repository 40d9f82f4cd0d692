package predict

import (
	"errors"
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// kind is how a batch is simulated.
type kind string

const (
	limited   kind = "limit"     // list scheduling on the places of a limit
	unlimited kind = "unlimited" // all at once, as fast as they can be started
	waves     kind = "waves"
	chunks    kind = "chunks"
	served    kind = "server" // a limit before a server's slots or its rate limit
	events    kind = "events" // second attempts, moving limits, shared capacity
)

// Model simulates a strategy's batch.
type Model struct {
	Kind   kind
	Limit  int // tasks at once; 0 is no limit
	choice strategies.Choice
	server config.Behavior // the mock server's; the zero value serves all at once
	share  bool
	bucket *config.Fault // its rate limit, nil if there is none
}

// Cost is what tasks take beyond what they do.
type Cost struct {
	Each time.Duration // of a task, while it holds its place, the server's if it has slots for fewer; without a limit, of its end, one after another
	Way  time.Duration // to a server with slots for fewer tasks than the limit, and back; else it is within Each
	Pace time.Duration // from one start to the next of the first tasks, or of all without a limit
}

// serverOf has a way to it that takes so long.
func (c Cost) serverOf(slots int) queueing.ServerOf {
	return queueing.ServerOf{Slots: slots, To: c.Way / 2, Back: c.Way - c.Way/2}
}

// of is the cost of a model, from that of a measured one: what holds a place of the client does not hold
// one of the server.
func (c Cost) of(measured, now Model) Cost {
	switch before, after := measured.queues(), now.queues(); {
	case before && !after:
		c.Each, c.Way = c.Each+c.Way, 0
	case after && !before:
		c.Each, c.Way = 0, c.Each
	}
	return c
}

// queues reports whether tasks wait for slots of the server while they hold places of the limit.
func (m Model) queues() bool { return m.Kind == served && m.server.Slots > 0 }

// kindOf is what a strategy alone says.
func kindOf(c strategies.Choice) kind {
	switch c.Spec.Name {
	case "waves":
		return waves
	case "static-chunks":
		return chunks
	case "hedged", "hedged-percentile", "adaptive-aimd", "adaptive-gradient":
		return events
	}
	if c.Spec.Width == nil || c.Spec.Width(c.Params) == 0 {
		return unlimited
	}
	return limited
}

// refusals are the strategies that no model has been shown to hold for.
func refusal(c strategies.Choice) error {
	t := c.Spec.Traits
	switch {
	case c.Spec.New == nil || !strategies.Known(c.Spec.Name):
		return errors.New("it is a program or a strategy that is not registered here, whose limit is unknown; measure it at several sizes")
	case kindOf(c) == events:
		return nil
	case t.Adaptive:
		return errors.New("its limit moves by rules of its own; measure it at several sizes, or predict the fixed limit that it settles at")
	case t.Rejects:
		return errors.New("it turns work away; measure it under load (fanbench run --rate)")
	case t.ReturnsEarly:
		return errors.New("it returns before its tasks are done, so its makespan is not that of the batch; measure what you wait for")
	}
	return nil
}

// NewModel returns the model of a strategy in a scenario on so many processors, or an error that
// says why there is none and what to measure instead. Where only a sample of times is known, the
// waits in a server are part of them, and the server is not modelled.
func NewModel(s scenario.Scenario, c strategies.Choice, cpus int, sampled bool) (Model, error) {
	m := Model{Kind: kindOf(c), choice: c}
	if err := errors.Join(refusal(c), situation(s)); err != nil {
		return m, err
	}
	if c.Spec.Width != nil {
		m.Limit = c.Spec.Width(c.Params)
	}
	if s.Target.CPU != nil {
		return m.onCPUs(cpus)
	}
	if sampled && m.Kind == events {
		return m.fromSample()
	}
	if s.Target.Mock == nil || sampled {
		return m, nil
	}
	m.server = s.Target.Mock.Behavior
	m.bucket = m.server.RateLimit()
	m.share = m.server.Discipline == config.ProcessorSharing
	return m.before()
}

// fromSample has times that were measured with second attempts, which are part of them.
func (m Model) fromSample() (Model, error) {
	if m.choice.Spec.Traits.Adaptive {
		return m, errors.New("its limit follows the times of tasks, and they may follow it: a sample of them does not tell; predict the fixed limit that it settles at")
	}
	m.Kind = limited
	return m, nil
}

// onCPUs has CPU work: more tasks at once than processors only share them.
func (m Model) onCPUs(cpus int) (Model, error) {
	switch m.Kind {
	case limited, unlimited:
		if m.Limit == 0 || m.Limit > cpus {
			m.Limit = cpus
		}
		m.Kind = limited
	case waves, chunks, events:
		if m.Limit > cpus {
			return m, fmt.Errorf("with more tasks at once (%d) than processors (%d), CPU work of %s shares them in ways that no model here has; predict a pool of %d",
				m.Limit, cpus, m.choice.Spec.Name, cpus)
		}
	}
	return m, nil
}

// before puts the strategy before the server's slots and its rate limit.
func (m Model) before() (Model, error) {
	slots := m.server.Slots
	narrow := slots > 0 && (m.Limit == 0 || m.Limit > slots)
	if !narrow && m.bucket == nil {
		m.share = false
		return m, nil
	}
	if m.server.Bounded() && narrow && (m.Limit == 0 || m.Limit > slots+m.server.Queue) {
		return m, fmt.Errorf("the server turns away what does not fit into its queue (%d slots and %d places): how many tasks fail depends on the size of the batch; predict a limit of at most %d",
			slots, m.server.Queue, slots+m.server.Queue)
	}
	switch {
	case m.share && m.Kind == unlimited:
		return m, errors.New("all tasks would share the server at once; predict a limit")
	case m.share && m.Kind == limited:
		m.Kind = events
	case m.Kind == events && m.bucket == nil:
	case m.Kind == limited && !m.share:
		m.Kind = served
	case m.Kind == unlimited && m.bucket == nil: // the slots are the limit
		m.Kind, m.Limit = limited, slots
	default:
		return m, fmt.Errorf("no model here has %s before a server that limits its rate or its capacity; measure it at several sizes, or predict a pool", m.choice.Spec.Name)
	}
	return m, nil
}

// situation refuses scenarios.
func situation(s scenario.Scenario) error {
	var errs []error
	no := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case s.Workload.Arrivals != nil:
		no("batches arrive and overlap; measure other rates with fanbench run --rate")
	case s.Workload.Nested > 0:
		no("each task fans out again; measure the batch without nested tasks")
	case len(s.Workload.Panics) > 0:
		no("tasks panic; measure the batch without panics")
	}
	m := s.Target.Mock
	if m == nil {
		return errors.Join(errs...)
	}
	if len(m.Routes) > 0 {
		no("the server answers some paths differently; measure one path")
	}
	if m.Latency.Correlated() {
		no("slow tasks come in spells (rho), so a sample of %d tasks says less than it seems; measure at several sizes", s.Workload.Tasks)
	}
	limits := 0
	for _, f := range m.Faults {
		switch {
		case f.Kind == config.FaultRateLimit:
			if limits++; limits > 1 {
				no("the server has two rate limits; measure with one")
			}
		case (f.After > 0 || f.For > 0 || len(f.Tasks) > 0):
			no("the server fails at certain times or tasks, which another size meets differently; measure with faults of a probability")
		case f.Kind == config.FaultHang || f.Kind == config.FaultRefuse:
			no("the server hangs or refuses connections; measure at several sizes")
		}
	}
	return errors.Join(errs...)
}

// source draws how long tasks take.
type source = queueing.Source

// batch is a new batch of n tasks, nil for models that need events.
func (m Model) batch(n int, c Cost) queueing.Batch {
	switch m.Kind {
	case limited:
		return queueing.NewLimited(min(m.Limit, n), c.Pace)
	case unlimited:
		return queueing.NewUnlimited(c.Pace, c.Each)
	case waves:
		return queueing.NewWaves(m.Limit)
	case chunks:
		return queueing.NewChunks(m.Limit, n)
	case served:
		of := c.serverOf(m.server.Slots)
		if m.bucket != nil {
			of.Bucket = queueing.NewBucket(m.bucket.Rate, m.bucket.Burst)
		}
		return queueing.NewServed(m.Limit, n, of)
	}
	return nil
}

// ownCost reports whether the batch itself adds the cost of a task, so that the times it is
// given must not have it.
func (m Model) ownCost() bool { return m.Kind == events || m.Kind == unlimited }

// piece is about how many tasks are drawn at once: so many times fit into the first cache.
const piece = 2048

// buffer is for pieces of n tasks, and of whole waves.
func (m Model) buffer(n int) []time.Duration {
	size := piece
	if m.Kind == waves {
		size = max(1, piece/m.Limit) * m.Limit
	}
	return make([]time.Duration, min(n, size))
}

// makespan simulates n tasks.
func (m Model) makespan(n int, c Cost, from source, r *queueing.Random) time.Duration {
	if m.Kind == events {
		return m.simulate(n, c, func() time.Duration { var one [1]time.Duration; from.Fill(r, one[:]); return one[0] })
	}
	if !m.ownCost() {
		from = queueing.Longer{Source: from, By: c.Each}
	}
	b := m.batch(n, c)
	buffer := m.buffer(n)
	for left := n; left > 0; left -= len(buffer) {
		buffer = buffer[:min(left, len(buffer))]
		from.Fill(r, buffer)
		b.Take(buffer)
	}
	return b.Makespan()
}

// replay simulates a measured batch. further draws what second attempts take.
func (m Model) replay(took []time.Duration, c Cost, further source) time.Duration {
	if m.Kind == events {
		i, r := 0, queueing.NewRandom(1, 1)
		var one [1]time.Duration
		return m.simulate(len(took), c, func() time.Duration {
			if i < len(took) {
				i++
				return took[i-1]
			}
			further.Fill(r, one[:])
			return one[0]
		})
	}
	b := m.batch(len(took), c)
	buffer := m.buffer(len(took))
	for len(took) > 0 {
		buffer = buffer[:copy(buffer[:cap(buffer)], took)]
		took = took[len(buffer):]
		if !m.ownCost() {
			for i := range buffer {
				buffer[i] = max(0, buffer[i]+c.Each)
			}
		}
		b.Take(buffer)
	}
	return b.Makespan()
}

// simulate runs the events of n tasks.
func (m Model) simulate(n int, c Cost, draw func() time.Duration) time.Duration {
	e := queueing.Events{Limit: func() int { return m.Limit }, Cost: c.Each, Draw: draw, Slots: m.server.Slots, Sharing: m.share}
	if s, ok := m.choice.Simulate(); ok {
		e.Limit = s.Limit
		e.Ended = func(t queueing.Ended) { s.Ended(t.Start, t.End, t.Running, false) }
		if s.Delay != nil {
			e.Hedge = &queueing.Hedging{Delay: s.Delay, Budget: s.Budget}
		}
	}
	_, last := e.Run(n, nil)
	return last
}
