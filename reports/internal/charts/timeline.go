package charts

import (
	"cmp"
	"fmt"
	"image"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var timeline = Chart{
	Name:    "timeline",
	Shows:   "every task of one round",
	Caption: "What does concurrency look like? Every task of one round, one panel per strategy.",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.Timeline == nil })
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		// The slowest first: the sequential staircase, then the improvements.
		slices.Reverse(list)
		g := newGrid(len(list))
		g.axes = s.OwnClocks
		return figure.Figure{
			Title:    timelineTitle(s, list),
			Subtitle: fmt.Sprintf("Task by task, the first at the top, in round %d, the most typical one. %s", s.Shown, batch(s)),
			Note:     timelineNote(list, g.axes),
			Told:     told("Last task done", list, lastDone),
			Height:   g.height(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawTimeline(c, p, box, g, s, list) },
		}, true
	},
}

// whole are the strategies that did the whole batch in the round that is shown.
func whole(s *summary.Scenario, list []*summary.Strategy) []*summary.Strategy {
	return slices.DeleteFunc(slices.Clone(list), func(st *summary.Strategy) bool {
		return st.Timeline.Trial.Round != s.Shown || !st.Timeline.Trial.Comparable() || st.Failure == summary.FailedTasks
	})
}

func timelineTitle(s *summary.Scenario, list []*summary.Strategy) string {
	list = whole(s, list)
	tasks := plural(s.Tasks, "task")
	if len(list) == 0 {
		return fmt.Sprintf("%s, not all done by any strategy", tasks)
	}
	took := func(st *summary.Strategy) string {
		return fmt.Sprintf("%s with %s", quantity.Seconds(st.Timeline.Trial.Makespan.Seconds()), st.Strategy)
	}
	if len(list) == 1 {
		return fmt.Sprintf("%s: %s", tasks, took(list[0]))
	}
	byTime := func(a, b *summary.Strategy) int {
		return cmp.Compare(a.Timeline.Trial.Makespan, b.Timeline.Trial.Makespan)
	}
	return fmt.Sprintf("The same %s: %s, %s", tasks, took(slices.MaxFunc(list, byTime)), took(slices.MinFunc(list, byTime)))
}

func timelineNote(list []*summary.Strategy, ownAxes bool) string {
	note := "Pale: the task waits to be started. Full: it is in flight."
	if slices.ContainsFunc(list[0].Timeline.Bars, func(b summary.Bar) bool { return b.Service > 0 }) {
		note = "Pale: the task waits to be started. Full: the server works on it. In between: it is in flight, but not yet or no longer served."
	}
	if list[0].Timeline.Bars == nil {
		note = fmt.Sprintf("A row is about %s tasks. Stronger colour: more of them are in flight at that time. Pale: they wait to be started.",
			quantity.Count(max(float64(list[0].Timeline.Tasks)/float64(list[0].Timeline.Running.Rows), 1)))
	}
	if ownAxes {
		note += " Each panel has its own time axis: on a common one the longest would squeeze the others."
	}
	for _, st := range list {
		if len(st.Timeline.Faults) > 0 {
			return note + " A cross is a task that failed or never ended."
		}
	}
	return note
}

func drawTimeline(c *figure.Canvas, p Palette, box figure.Box, g grid, s *summary.Scenario, list []*summary.Strategy) {
	longest := 0.0
	for _, st := range list {
		longest = max(longest, st.Timeline.Trial.Makespan.Seconds())
	}
	for i, st := range list {
		b := g.box(box, i)
		span := longest
		if g.axes {
			const room = 1.2 // for the time beside the end
			span = room * st.Timeline.Trial.Makespan.Seconds()
		}
		x := figure.Linear(0, span, b.X0, b.X1)
		x.Max = max(span, 1e-9)
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Faint, 0.35))
		if g.axes || g.last(i) {
			timesBelow(c, p, x, b.Y0, b.Y1)
		} else {
			for _, v := range x.Ticks(int((b.X1 - b.X0) / 70)) {
				c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: b.Y0}, figure.Point{X: x.At(v), Y: b.Y1})
			}
		}
		name := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
		said := name.Fit(st.Strategy, b.X1-b.X0)
		c.Text(b.X0, b.Y0-9, said, name)
		if trouble := timelineTrouble(st.Timeline.Trial, s); trouble != "" {
			const gap = 12
			style := figure.Style{Size: tickSize, Color: p.Ink, Align: figure.Right}
			c.Text(b.X1, b.Y0-9, style.Fit(trouble, b.X1-b.X0-name.Width(said)-gap), style)
		}
		drawTasks(c, p, x, b, st)
		drawEnd(c, p, x, b, lastDone(st), st)
	}
}

// lastDone is the end of the last task.
func lastDone(st *summary.Strategy) string {
	return quantity.Seconds(st.Timeline.Trial.Makespan.Seconds())
}

// drawEnd marks the end of the last task, with its time beside the mark, or on its left if
// there is no room.
func drawEnd(c *figure.Canvas, p Palette, x figure.Scale, b figure.Box, text string, st *summary.Strategy) {
	at := x.At(st.Timeline.Trial.Makespan.Seconds())
	c.Line(figure.Stroke{Color: p.Ink, Width: 1}, figure.Point{X: at, Y: b.Y0}, figure.Point{X: at, Y: b.Y1})
	style := figure.Style{Size: labelSize, Color: p.Ink}
	width, y := style.Width(text), b.Y0+11
	left := at + 6
	if left+width > b.X1 {
		left = max(at-6-width, b.X0)
	}
	c.Rect(left-3, y-8, left+width+3, y+8, fade(p.Background, 0.8))
	c.Text(left, y, text, style)
}

// timelineTrouble is the remark on a trial that is not from the shown round, or did not do the
// whole batch; "" otherwise.
func timelineTrouble(t results.Trial, s *summary.Scenario) string {
	if t.Round == s.Shown {
		return t.Trouble()
	}
	where := fmt.Sprintf("round %d", t.Round)
	if t.Warmup() {
		where = "warm-up"
	}
	return fmt.Sprintf("%s: %s", where, t.Trouble())
}

func drawTasks(c *figure.Canvas, p Palette, x figure.Scale, b figure.Box, st *summary.Strategy) {
	l, color := st.Timeline, p.Of(st)
	row := (b.Y1 - b.Y0) / float64(max(l.Tasks, 1))
	end := l.Trial.Makespan.Seconds()
	if l.Bars == nil {
		drawOccupancy(c, p, x, b, l, color)
	}
	// Bars of a few points have gaps. Bars thinner than a pixel overlap: so they have no seams,
	// and those of single tasks are visible.
	gap := -0.5
	if row > 4 {
		gap = 1
	}
	bar := func(t summary.Bar, from, to, part float64) {
		top := b.Y0 + float64(t.Task)*row
		c.Rect(x.At(from), top+gap/2, x.At(to), top+row-gap/2, p.Tint(color, part))
	}
	for _, t := range l.Bars {
		bar(t, t.Ready, orEnd(t.Start, end), waitTint)
	}
	for _, t := range l.Bars {
		if t.Start < 0 {
			continue
		}
		done := orEnd(t.End, end)
		bar(t, t.Start, done, underwayTint)
		if t.Service > 0 {
			bar(t, max(t.Start, done-t.Service), done, 1)
		} else {
			bar(t, t.Start, done, 1)
		}
	}
	for _, f := range l.Faults {
		y := b.Y0 + (float64(f.Task)+0.5)*row
		c.Cross(x.At(f.At), y, 3, figure.Stroke{Color: p.Alarm, Width: 1.4})
	}
}

// orEnd returns the time, or end if the event never happened.
func orEnd(t, end float64) float64 {
	if t < 0 {
		return end
	}
	return t
}

const (
	waitTint     = 0.2
	underwayTint = 0.55
)

// drawOccupancy draws rows of several tasks. The opacity of a cell is the proportion of its
// tasks that are in flight; waiting tasks count waitTint each.
func drawOccupancy(c *figure.Canvas, p Palette, x figure.Scale, b figure.Box, l *summary.Timeline, color figure.Color) {
	img := image.NewNRGBA(image.Rect(0, 0, l.Running.Cols, l.Running.Rows))
	for r := range l.Running.Rows {
		first, next := rowTasks(l, r), rowTasks(l, r+1)
		share := 1 / float64(max(next-first, 1))
		running, waiting := l.Running.Row(r), l.Waiting.Row(r)
		for col := range running {
			part := min(running[col]*share+waitTint*waiting[col]*share, 1)
			if part > 0 {
				img.SetNRGBA(col, r, p.Tint(color, part))
			}
		}
	}
	c.Image(x.At(0), b.Y0, x.At(l.Running.Span), b.Y1, img)
}

// rowTasks is the first task of a row.
func rowTasks(l *summary.Timeline, row int) int {
	return (row*l.Tasks + l.Running.Rows - 1) / l.Running.Rows
}
