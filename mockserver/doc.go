// Package mockserver is an HTTP server that injects latency, queueing and faults, and
// says how well it did.
//
// A config.Config comes in, made in Go, from flags or from YAML; Start listens
// and returns a Server; Handler embeds the same in a server of the caller's. For each
// request, in this order: a parser or net/http reads it and notes its arrival; the
// model, which is pure but for its queues' state, draws its latency, size and fault
// from (seed, round, task) and decides when it starts and ends; the engine waits until
// then and answers, with the times in queue and in service in a Server-Timing header
// (milliseconds). Every request ends up in exactly one counter.
//
// There are two engines behind one configuration: an event loop for HTTP/1.1 on
// Linux, precise and small, and net/http for HTTP/2, TLS and other systems.
//
// Whoever needs only latencies imports package latency, below this one, and whoever
// only describes a server package config: neither imports a server. This package imports
// both. Begin with Start in server.go, then model.go, then an engine: loop_linux.go or
// nethttp.go.
package mockserver
