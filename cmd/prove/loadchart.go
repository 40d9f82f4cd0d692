package main

import "github.com/fanbench/fanbench/internal/figure"

// figures are the charts, by file.
func (r *loadResults) figures() map[string]figure.Figure {
	return map[string]figure.Figure{}
}
