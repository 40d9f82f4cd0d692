// Package compare tells whether HEAD is slower than BASE by more than a limit: the gate
// of a pull request.
//
//	Open, Interleave   a run directory, Go benchmark text, or two programs run by turns
//	  -> Side          samples by benchmark and unit, with the round of each value if known
//	  -> Sides         paired by round where seed and latencies agree, else as samples
//	  -> Report        per benchmark an estimate with its interval, a verdict and an outcome
//	  -> Write         text, JSON, Markdown, JUnit, GitHub's workflow commands
//
// The outcome is one of three, because "no significant difference" is not the same as
// "no regression": pass is shown, regression is shown, and everything else is
// inconclusive. docs/compare.md has the rule.
package compare
