// Package search plans the measurement behind an advice: which strategies, with which
// limits and for how many rounds, so that it ends in a given time.
//
//	bench.Scenario      what advice is wanted about
//	  -> pilot          a few tasks, if nothing tells how long one takes
//	  -> look           one round of the candidates, the quickest first
//	  -> lower          if all failed: half the limit, down to 1
//	  -> refine         more rounds of what is near the best, and limits in between
//	  -> decision       enough rounds of the finalists, on latencies of their own
//
// It measures nothing: Search.First and Search.Next are scenarios of one ordinary run
// (bench.Options.Next), and each follows from what the run holds so far. All stages but the
// decision are screenings: luck had a part in who leads them, so nothing is concluded from
// them (docs/advise.md).
package search
