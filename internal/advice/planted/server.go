package planted

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// Server is a model of what the tasks of a batch meet. Its zero value does every task in no
// time, as many as there are at once.
type Server struct {
	Latency latency.Latency // of each task's service

	Slots       int     // services at once; more requests wait. 0 is no limit
	Connections int     // more requests than these at once are refused at once; 0 is no limit
	Rate        float64 // requests a second that are accepted, after a burst; 0 is no limit
	Burst       int     // requests
	Cores       int     // shared by all tasks that run: work, not waiting; 0 is no limit
	Knee        int     // above this number in flight, each further task slows all by Slowdown; 0 is never
	Slowdown    float64 // a part, 0.1 is a tenth
	Failing     float64 // part of the tasks that fail in any case, 0..1

	Memory      int64 // bytes that the strategy's process may use; 0 is no limit
	TaskMemory  int64 // bytes that a running task holds
	BatchMemory int64 // bytes that it holds besides
}

// refusal is how long a refused request takes.
const refusal = time.Millisecond

// outcome is how a trial ended.
type outcome struct {
	makespan time.Duration
	failed   int   // tasks
	peak     int64 // bytes
	died     bool  // out of memory
}

// trial does a batch of so many tasks, width of them at once. It is a simulation of events:
// it takes no time, and follows from the seed and the round alone.
func (s *Server) trial(seed uint64, round, tasks, width int) outcome {
	var out outcome
	random := rand.New(rand.NewPCG(seed, uint64(round)<<20|uint64(width)))
	most := min(width, tasks)
	out.peak = s.BatchMemory + int64(most)*s.TaskMemory
	if s.Memory > 0 && out.peak > s.Memory {
		return outcome{died: true, peak: s.Memory, makespan: refusal}
	}

	var (
		now, progress float64 // seconds; progress is what a task served since the start would have done
		served        finishing
		waiting       []float64 // work of requests that wait for a slot
		refused       finishing // when their callers are told
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
				heap.Push(&refused, now+refusal.Seconds())
				return
			}
			tokens--
		}
		if s.Connections > 0 && busy() >= s.Connections {
			out.failed++
			heap.Push(&refused, now+refusal.Seconds())
			return
		}
		if random.Float64() < s.Failing {
			out.failed++
		}
		if s.Slots > 0 && len(served) >= s.Slots {
			waiting = append(waiting, work)
			return
		}
		heap.Push(&served, progress+work)
	}
	for next < tasks || busy()+len(refused) > 0 {
		for next < tasks && busy()+len(refused) < most {
			work := s.Latency.At(seed, round, next).Seconds()
			next++
			admit(work)
		}
		speed, until := s.speed(len(served)), math.Inf(1)
		if len(served) > 0 {
			until = now + (served[0]-progress)/speed
		}
		if len(refused) > 0 && refused[0] <= until {
			progress += (refused[0] - now) * speed
			now = heap.Pop(&refused).(float64)
			continue
		}
		progress, now = served[0], until
		heap.Pop(&served)
		if len(waiting) > 0 {
			heap.Push(&served, progress+waiting[0])
			waiting = waiting[1:]
		}
	}
	out.makespan = time.Duration(now * float64(time.Second))
	return out
}

// speed is that of each of so many tasks that are served at once; alone it is 1.
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

// finishing is a heap of times.
type finishing []float64

func (f finishing) Len() int           { return len(f) }
func (f finishing) Less(i, j int) bool { return f[i] < f[j] }
func (f finishing) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }
func (f *finishing) Push(x any)        { *f = append(*f, x.(float64)) }
func (f *finishing) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}
