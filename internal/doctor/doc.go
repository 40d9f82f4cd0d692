// Package doctor decides whether a machine is fit to measure on, and proves it: it compares one
// strategy with itself and counts how often the two are called different.
//
//	Examine    the machine, in at most about a minute
//	  -> Clock, Scheduler, Noise, Limits    figures, each measured by itself
//	  -> AA                                 one strategy against itself, blocked and interleaved
//	  -> findings                           the meaning of each figure, and what to do
//	  -> Diagnosis                          all of that, in text or JSON
//
// Measuring and judging are separate: findings depend only on figures, so they are tested
// without a clock. docs/doctor.md explains each.
package doctor
