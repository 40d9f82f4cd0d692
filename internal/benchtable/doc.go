// Package benchtable compares samples of Go benchmarks side by side, as benchstat does, but in
// this process: for machines without a Go toolchain, and for reports that need the figures and
// not only their text.
//
//	Input       text in the Go benchmark format, and the label of its column
//	  -> Layout   projects every result to a table, a row and a column
//	  -> Tables   a sample per cell, summarised and compared with its row's first column
//	  -> Text, Markdown
//
// The figures are those of benchstat: a test compares the CSV of both byte for byte. The
// comparisons are also benchstat's: unpaired, Mann-Whitney unless a Unit line says otherwise.
// Package compare decides verdicts.
package benchtable
