// Package search plans the measurement behind an advice: which strategies, with which
// limits and for how many rounds, so that it ends in a given time.
//
//	bench.Scenario      the scenario that needs advice
//	  -> pilot          a few tasks, if nothing else shows how long one takes
//	  -> look           one round of the candidates that are predicted to be quickest
//	  -> more           one round of the others, without those that cannot win (leftout.go)
//	  -> lower          if all failed: half the limit, down to 1
//	  -> refine         more rounds of candidates near the best, and limits in between
//	  -> decision       enough rounds of the finalists, with new latencies
//
// It measures nothing: Search.First and Search.Next return scenarios of one ordinary run
// (bench.Options.Next), and each depends on the results so far. All stages except the
// decision are screenings: chance affects who leads them, so nothing is concluded from them
// (docs/advise.md).
package search
