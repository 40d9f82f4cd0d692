package benchtable

import (
	"errors"
	"fmt"

	"golang.org/x/perf/benchproc"
)

// Input is text in the Go benchmark format.
type Input struct {
	Label string // label of its column, if columns are files
	Name  string // name in error messages
	Text  string
}

// Layout assigns results to tables and columns, in benchstat's syntax and with its defaults:
// see its -filter, -table and -col.
type Layout struct {
	Filter string // "" means all
	Table  string // "" means .config
	Col    string // "" means .file
}

// projections are a parsed layout.
type projections struct {
	filter                   *benchproc.Filter
	table, row, col, residue *benchproc.Projection
	unit                     *benchproc.Field
}

func (l Layout) parse() (*projections, error) {
	or := func(text, fallback string) string {
		if text == "" {
			return fallback
		}
		return text
	}
	var p projections
	var errs []error
	note := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	var err error
	p.filter, err = benchproc.NewFilter(or(l.Filter, "*"))
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	// All projections share one parser: .config and the rest exclude the fields of the others.
	var parser benchproc.ProjectionParser
	p.table, p.unit, err = parser.ParseWithUnit(or(l.Table, ".config"), p.filter)
	note("table", err)
	p.row, err = parser.Parse(".fullname", p.filter)
	note("row", err)
	p.col, err = parser.Parse(or(l.Col, ".file"), p.filter)
	note("col", err)
	p.residue = parser.Residue()
	return &p, errors.Join(errs...)
}
