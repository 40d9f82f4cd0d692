// Package search plans the measurement behind an advice: which strategies, with which
// limits and for how many rounds, so that it ends in a given time.
//
//	bench.Scenario      what advice is wanted about
//	  -> pilot          a single trial, where nothing tells how long one takes
//	  -> screening      a few rounds of every candidate
//	  -> decision       enough rounds of the finalists, on latencies of their own
//
// It measures nothing: Search.First and Search.Next are scenarios of one ordinary run
// (bench.Options.Next), each of which follows from what the run holds so far. The
// finalists are those that came out well of the screening, so luck had a part in it, and
// nothing is concluded from it: docs/advise.md.
package search
