// Package compare decides whether HEAD is slower than BASE by more than a limit: the gate for a
// pull request.
//
//	Open, Interleave   a run directory, Go benchmark text, or two interleaved programs
//	  -> Side          samples by benchmark and unit, with the round of each value if known
//	  -> Sides         paired by round where seed and latencies agree, otherwise as samples
//	  -> Report        per benchmark an estimate with its interval, a verdict and an outcome
//	  -> Write         text, JSON, Markdown, JUnit, GitHub's workflow commands
//
// There are three outcomes, because "no significant difference" is not the same as "no
// regression": pass must be shown, regression must be shown, and everything else is "cannot
// tell". docs/compare.md states the rule.
package compare
