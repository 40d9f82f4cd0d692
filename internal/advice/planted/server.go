package planted

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// Server is a model of the target of a batch. Its zero value does every task in no time, any
// number at once.
type Server struct {
	Latency latency.Latency // service time of each task

	Slots       int     // workers; further requests wait. 0 means no limit
	Connections int     // requests at once; further ones are refused immediately. 0 means no limit
	Rate        float64 // requests per second accepted after a burst; 0 means no limit
	Burst       int     // requests
	Cores       int     // shared by all running tasks, which then work instead of waiting; 0 means no limit
	Knee        int     // beyond this many at once, each further task slows all down by Slowdown; 0 means never
	Slowdown    float64 // fraction; 0.1 is a tenth
	Failing     float64 // fraction of tasks that always fail, 0..1

	Memory      int64 // memory limit of the strategy's process, bytes; 0 means no limit
	TaskMemory  int64 // bytes that a running task holds
	BatchMemory int64 // bytes that the process holds besides its tasks
}

// refusal is the duration of a refused request.
const refusal = time.Millisecond

// outcome is the result of a trial.
type outcome struct {
	makespan time.Duration
	failed   int   // tasks
	peak     int64 // bytes
	died     bool  // out of memory

	took []time.Duration // by each task that was served, the first to end first
}

// trial does a batch of the given tasks, width at once. It is a discrete-event simulation:
// it takes no time and depends only on the seed and the round.
func (s *Server) trial(seed uint64, round, tasks, width int) outcome {
	var out outcome
	random := rand.New(rand.NewPCG(seed, uint64(round)<<20|uint64(width)))
	most := min(width, tasks)
	out.peak = s.BatchMemory + int64(most)*s.TaskMemory
	if s.Memory > 0 && out.peak > s.Memory {
		return outcome{died: true, peak: s.Memory, makespan: refusal}
	}

	var (
		now, progress float64 // seconds; progress is the work done by a task served since the start
		served        finishing
		waiting       []request // with their work
		refused       finishing // times at which their callers get the refusal
		next          int
		tokens        = float64(s.Burst)
		refilled      float64
	)
	busy := func() int { return len(served) + len(waiting) }
	admit := func(work float64) {
		if s.Rate > 0 {
			tokens = min(float64(max(s.Burst, 1)), tokens+(now-refilled)*s.Rate)
			refilled = now
			if tokens < 1-1e-9 {
				out.failed++
				heap.Push(&refused, request{now + refusal.Seconds(), now})
				return
			}
			tokens--
		}
		if s.Connections > 0 && busy() >= s.Connections {
			out.failed++
			heap.Push(&refused, request{now + refusal.Seconds(), now})
			return
		}
		if random.Float64() < s.Failing {
			out.failed++
		}
		if s.Slots > 0 && len(served) >= s.Slots {
			waiting = append(waiting, request{work, now})
			return
		}
		heap.Push(&served, request{progress + work, now})
	}
	for next < tasks || busy()+len(refused) > 0 {
		for next < tasks && busy()+len(refused) < most {
			work := s.Latency.At(seed, round, next).Seconds()
			next++
			admit(work)
		}
		speed, until := s.speed(len(served)), math.Inf(1)
		if len(served) > 0 {
			until = now + (served[0].at-progress)/speed
		}
		if len(refused) > 0 && refused[0].at <= until {
			progress += (refused[0].at - now) * speed
			now = heap.Pop(&refused).(request).at
			continue
		}
		progress, now = served[0].at, until
		ended := heap.Pop(&served).(request)
		out.took = append(out.took, time.Duration((now-ended.since)*float64(time.Second)))
		if len(waiting) > 0 {
			heap.Push(&served, request{progress + waiting[0].at, waiting[0].since})
			waiting = waiting[1:]
		}
	}
	out.makespan = time.Duration(now * float64(time.Second))
	return out
}

// speed is the speed of each task when this many are served at once; 1 for a single task.
func (s *Server) speed(served int) float64 {
	speed := 1.0
	if s.Cores > 0 && served > s.Cores {
		speed = float64(s.Cores) / float64(served)
	}
	if s.Knee > 0 && served > s.Knee {
		speed /= 1 + s.Slowdown*float64(served-s.Knee)
	}
	return speed
}

// request ends at a time, or when so much work is done, and was sent at a time.
type request struct{ at, since float64 }

// finishing is a heap of requests.
type finishing []request

func (f finishing) Len() int           { return len(f) }
func (f finishing) Less(i, j int) bool { return f[i].at < f[j].at }
func (f finishing) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *finishing) Push(x any)        { *f = append(*f, x.(request)) }
func (f *finishing) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
