package summary

// Occupancy counts how many intervals cover each cell of a grid: tasks in rows, time in
// columns. An interval costs the same to add however long it is.
type Occupancy struct {
	Rows, Cols int
	Span       float64 // time covered by the columns, from 0

	part []float64 // coverage by intervals that begin or end in the cell
	step []float64 // change from the cell to its left in the number of intervals that cover the whole cell
}

// NewOccupancy makes an empty grid for the time from 0 to span, which must be positive.
func NewOccupancy(rows, cols int, span float64) *Occupancy {
	return &Occupancy{Rows: rows, Cols: cols, Span: span, part: make([]float64, rows*cols), step: make([]float64, rows*cols)}
}

// Add counts the interval from start to end in a row.
func (o *Occupancy) Add(row int, start, end float64) {
	a := min(max(start/o.Span, 0), 1) * float64(o.Cols)
	b := min(max(end/o.Span, 0), 1) * float64(o.Cols)
	if b <= a {
		return
	}
	first, last := min(int(a), o.Cols-1), min(int(b), o.Cols-1)
	part, step := o.part[row*o.Cols:(row+1)*o.Cols], o.step[row*o.Cols:(row+1)*o.Cols]
	if first == last {
		part[first] += b - a
		return
	}
	part[first] += float64(first+1) - a
	part[last] += b - float64(last)
	if first+1 < last {
		step[first+1]++
		step[last]--
	}
}

// Row returns the mean number of intervals over each cell of a row.
func (o *Occupancy) Row(row int) []float64 {
	out := make([]float64, o.Cols)
	whole := 0.0
	for c := range out {
		whole += o.step[row*o.Cols+c]
		out[c] = whole + o.part[row*o.Cols+c]
	}
	return out
}
