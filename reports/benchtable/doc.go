// Package benchtable puts samples of Go benchmarks side by side, as benchstat does, in
// this process: for a binary that is far from a Go toolchain, and for reports that need
// the figures rather than a picture of them.
//
//	Input       text in the Go benchmark format, and the label of its column
//	  -> Layout   projects every result to a table, a row and a column
//	  -> Tables   a sample per cell, summarised and compared with its row's first column
//	  -> CSV, Text, Markdown
//
// CSV agrees byte for byte with what `benchstat -format csv` prints for the same
// layout; a test holds the two against each other. The comparisons are benchstat's:
// unpaired, Mann-Whitney unless a Unit line says otherwise. Verdicts are package
// compare's affair.
package benchtable
