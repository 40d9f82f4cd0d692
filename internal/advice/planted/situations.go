package planted

import (
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// Situations are the simulated ones.
func Situations() []Situation {
	ms := func(v float64) latency.Latency { return constant(time.Duration(v * float64(time.Millisecond))) }
	tail := mustLatency("lognormal:p50=20ms,p99=200ms")
	const noise = 0.01
	return []Situation{
		{Name: "rate limit of 200/s, 20 ms", Tasks: 64, Time: 12 * time.Second, Noise: noise, Server: Server{Latency: ms(20), Rate: 200, Burst: 2}},
		{Name: "rate limit of 200/s, known", Tasks: 300, Time: time.Minute, Noise: noise, RateLimit: 200, Server: Server{Latency: ms(20), Rate: 200, Burst: 5}},
		{Name: "16 connections, 1 s, 30 s", Tasks: 64, Time: 30 * time.Second, Noise: noise, Server: Server{Latency: ms(1000), Connections: 16}},
		{Name: "30 connections, 20 ms", Tasks: 128, Time: time.Minute, Noise: noise, Server: Server{Latency: ms(20), Connections: 30}},
		{Name: "11 connections, long tail", Tasks: 100, Time: time.Minute, Noise: noise, Server: Server{Latency: tail, Connections: 11}},
		{Name: "16 slots queue, noisy machine", Tasks: 200, Time: time.Minute, Noise: 0.08, Server: Server{Latency: ms(50), Slots: 16}},
		{Name: "16 slots queue, known", Tasks: 200, Time: 30 * time.Second, Noise: noise, Slots: 16, Server: Server{Latency: ms(50), Slots: 16}},
		{Name: "24 slots of a mock server", Tasks: 96, Time: time.Minute, Noise: noise, Known: true, Server: Server{Latency: tail, Slots: 24}},
		{Name: "long tail, no limit at the server", Tasks: 64, Time: time.Minute, Noise: noise, Known: true, Server: Server{Latency: tail}},
		{Name: "busy cores", Tasks: 100, Time: 30 * time.Second, Noise: 0.02, CPUs: 4, Server: Server{Latency: ms(5), Cores: 4}},
		{Name: "memory for 19 at once", Tasks: 64, Time: time.Minute, Noise: noise, Server: Server{Latency: ms(50), Memory: 200 << 20, BatchMemory: 10 << 20, TaskMemory: 10 << 20}},
		{Name: "all limits alike", Tasks: 40, Time: 20 * time.Second, Noise: 0.02, Server: Server{Latency: ms(20), Slots: 1}},
		{Name: "nothing but one at a time works", Tasks: 40, Time: 20 * time.Second, Noise: noise, Server: Server{Latency: ms(30), Connections: 1}},
		{Name: "answers of 5 s, one minute", Tasks: 32, Time: time.Minute, Noise: noise, Server: Server{Latency: ms(5000), Connections: 20}},
		{Name: "little time: 3 s", Tasks: 64, Time: 3 * time.Second, Noise: noise, Server: Server{Latency: ms(100), Connections: 20}},
		{Name: "2,000 tasks", Tasks: 2000, Time: 2 * time.Minute, Noise: noise, Server: Server{Latency: ms(10), Slots: 100, Connections: 400}},
		{Name: "slows down beyond 20 at once", Tasks: 120, Time: time.Minute, Noise: 0.02, Server: Server{Latency: ms(20), Knee: 20, Slowdown: 0.15}},
		{Name: "a server that always fails", Tasks: 32, Time: 10 * time.Second, None: true, Server: Server{Latency: ms(10), Failing: 1}},
		{Name: "a server that fails 2% of the time", Tasks: 64, Time: 20 * time.Second, None: true, Noise: noise, Server: Server{Latency: ms(10), Failing: 0.02}},
		{Name: "a single task", Tasks: 1, Time: 5 * time.Second, Noise: noise, Server: Server{Latency: ms(50)}},
	}
}

func constant(d time.Duration) latency.Latency { return mustLatency(d.String()) }

func mustLatency(text string) latency.Latency {
	l, err := latency.Parse(text)
	if err != nil {
		panic("planted: " + err.Error()) // a bug in this package
	}
	return l
}
