// Package benchtable puts samples of Go benchmarks side by side, as benchstat does, in
// this process: for a machine without a Go toolchain, and for reports that need the
// figures.
//
//	Input       text in the Go benchmark format, and the label of its column
//	  -> Layout   projects every result to a table, a row and a column
//	  -> Tables   a sample per cell, summarised and compared with its row's first column
//	  -> Text, Markdown
//
// The figures are those of benchstat: a test writes both as CSV and compares them byte for
// byte. The comparisons are benchstat's:
// unpaired, Mann-Whitney unless a Unit line says otherwise. Package compare has the
// verdicts.
package benchtable
