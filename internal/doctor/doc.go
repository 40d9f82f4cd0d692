// Package doctor tells whether a machine is fit to measure on, and proves it: it runs one
// strategy against itself and counts how often the two are called different.
//
//	Examine    the machine, in at most about a minute
//	  -> Clock, Scheduler, Noise, Limits    figures, each measured by itself
//	  -> AA                                 one strategy against itself, blocked and interleaved
//	  -> findings                           what each figure means, and what to do about it
//	  -> Diagnosis                          all of that, in text or JSON
//
// Measuring and judging are apart: findings follow from figures alone, so they are tested
// without a clock. docs/doctor.md says what each means.
package doctor
