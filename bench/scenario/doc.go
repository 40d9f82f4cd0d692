// Package scenario describes what to measure: a scenario's file, its target, workload,
// strategies and assertions, the plan of its rounds, and the lower bound of a makespan. It
// has no clock, starts no process and opens no connection; it reads the files that a
// scenario names.
//
// It may import strategies, mockserver/latency, mockserver/config, bench/stat and internal
// packages. Begin with Scenario in scenario.go; file.go reads one, write.go writes it.
package scenario
