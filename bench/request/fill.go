package request

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
)

// Rows are the values of tasks, from a CSV file whose first line names the columns.
type Rows struct {
	Columns []string
	Values  [][]string
}

// reserved are placeholders that are no columns.
var reserved = []string{"task", "round", "seed"}

// ReadRows reads a CSV file (RFC 4180).
func ReadRows(file string) (*Rows, error) {
	text, err := plainfile.Read(file, plainfile.MaxData)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:1:1: the file is empty; its first line names the columns", file)
	}
	var rows Rows
	var all [][]string
	if err == nil {
		all, err = r.ReadAll()
	}
	var at *csv.ParseError
	switch {
	case errors.As(err, &at):
		return nil, fmt.Errorf("%s:%d:%d: %w", file, at.Line, at.Column, at.Err)
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, fmt.Errorf("%s:2:1: no row below the names of the columns", file)
	}
	for _, name := range head {
		name = strings.TrimSpace(name)
		if slices.Contains(reserved, name) {
			return nil, fmt.Errorf("%s:1:1: a column cannot be called %s: {%s} is the %s's number", file, name, name, name)
		}
		if name == "" || strings.ContainsAny(name, "{}") {
			return nil, fmt.Errorf("%s:1:1: %s is not the name of a column", file, quote.Text(name))
		}
		rows.Columns = append(rows.Columns, name)
	}
	rows.Values = all
	return &rows, nil
}

// Filler fills in what differs between tasks: {task}, {round}, {seed}, and {column} for each
// column of the rows. Other text in braces stays as it is, as JSON has it.
type Filler struct {
	Seed uint64
	Rows *Rows // nil if there are none
}

// Text fills in a header or a body: values stand there as they are.
func (f Filler) Text(text string, round, task int) string {
	return f.fill(text, round, task, func(v string) string { return v })
}

// URL fills in a URL: in values, all that could be misunderstood is escaped.
func (f Filler) URL(text string, round, task int) string { return f.fill(text, round, task, escape) }

func (f Filler) fill(text string, round, task int, as func(string) string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := []string{"{round}", strconv.Itoa(round), "{task}", strconv.Itoa(task), "{seed}", strconv.FormatUint(f.Seed, 10)}
	if f.Rows != nil {
		row := f.Rows.Values[task%len(f.Rows.Values)]
		for i, name := range f.Rows.Columns {
			pairs = append(pairs, "{"+name+"}", as(row[i]))
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// escape escapes all but RFC 3986's unreserved characters, so that a value can be a part of a
// path as well as of a query.
func escape(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// HostVaries reports whether the host of a URL has placeholders.
func HostVaries(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.Contains(host, "{")
}

// Hosts returns the URL with each host that it can have: one a row, if its host has
// placeholders.
func (f Filler) Hosts(text string) []string {
	if !HostVaries(text) {
		return []string{text}
	}
	n := 1
	if f.Rows != nil {
		n = len(f.Rows.Values)
	}
	var out []string
	for i := range n {
		out = append(out, f.URL(text, 1, i))
	}
	return slices.Compact(out)
}
