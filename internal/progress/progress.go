// Package progress shows how far a command is: what runs, how long it has run, and about how
// long it will. On a terminal that is a few lines that are drawn again in place, with the ranking
// so far; elsewhere a line for each round.
//
// It draws only when it is told something, in the goroutine that tells it, and has no clock that
// ticks. What measures tells it something only between trials, so that drawing does not disturb
// a trial.
package progress

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
)

// Progress is a bench.Progress, and that of commands with other steps than trials.
type Progress struct {
	w     io.Writer
	on    screen.Screen
	block *screen.Block // nil where no line can be drawn again
	now   func() time.Time

	began time.Time
	drawn time.Time // when the block was drawn last
	steps time.Time // when the present kind of steps began
	said  string    // the round of the last line

	scenario string
	list     []*standing // strategies of the scenario, in the order of their first trial
}

// standing is what is known of a strategy.
type standing struct {
	strategy  string
	makespans []float64 // seconds, of measured rounds that count
	failed    int       // measured rounds whose batch was not done
	tasks     int       // failed tasks of the other rounds
}

// between is the least time between two drawings: terminals draw while the next trial runs.
const between = 250 * time.Millisecond

// New returns the progress of a command whose stderr is w.
func New(w io.Writer) *Progress {
	p := &Progress{w: w, on: screen.Of(w), now: time.Now}
	if p.on.Terminal {
		p.block = screen.NewBlock(w)
	}
	p.began = p.now()
	p.steps = p.began
	return p
}

// Trial is told after each trial: see bench.Progress.
func (p *Progress) Trial(t results.Trial, at bench.Position) {
	round := fmt.Sprintf(": round %d/%d", t.Round, at.Rounds)
	if t.Warmup() {
		round = fmt.Sprintf(": warm-up %d/%d", -t.Round, at.Rounds)
	}
	p.note(t)
	elapsed := p.now().Sub(p.began)
	left := remaining(elapsed, at.Part)
	if p.block == nil {
		if round = t.Scenario + round; round != p.said || at.Over == at.All {
			p.line(fmt.Sprintf("%s, trial %d of %d, %s", round, at.Over, at.All, times(elapsed, left)))
		}
		p.said = round
		return
	}
	_, columns := p.block.Room()
	round += ", " + times(elapsed, left)
	p.draw(append([]string{screen.Shorten(t.Scenario, columns-len(round)) + round}, p.ranking()...))
}

// Step tells what begins, and how many of about all steps of its kind are over; all is 0 for a
// single step.
func (p *Progress) Step(what string, over, all int) {
	now := p.now()
	if over == 0 {
		p.steps = now
	}
	left := time.Duration(-1)
	if over > 0 {
		left = remaining(now.Sub(p.steps), float64(over)/float64(all))
	}
	text := ", " + times(now.Sub(p.began), left)
	if p.block == nil {
		p.line(what + text)
		return
	}
	_, columns := p.block.Room()
	p.drawn = time.Time{} // a step takes long enough
	p.draw([]string{screen.Shorten(what, columns-len(text)) + text})
}

// Say writes a line that stays.
func (p *Progress) Say(text string) {
	p.Close()
	p.line(p.on.Wrap(text))
}

// Close removes what is drawn in place, if anything is.
func (p *Progress) Close() {
	if p.block != nil {
		_ = p.block.Clear() // fails only if the terminal is gone
		p.drawn = time.Time{}
	}
}

func (p *Progress) line(text string) { fmt.Fprintln(p.w, text) }

func (p *Progress) draw(lines []string) {
	if now := p.now(); now.Sub(p.drawn) >= between {
		_ = p.block.Draw(lines) // fails only if the terminal is gone
		p.drawn = now
	}
}

// note adds a trial to the ranking, which begins anew with each scenario.
func (p *Progress) note(t results.Trial) {
	if t.Scenario != p.scenario {
		p.scenario, p.list = t.Scenario, nil
	}
	i := slices.IndexFunc(p.list, func(s *standing) bool { return s.strategy == t.Strategy })
	if i < 0 {
		i = len(p.list)
		p.list = append(p.list, &standing{strategy: t.Strategy})
	}
	s := p.list[i]
	switch {
	case t.Warmup() && !t.Died():
	case !t.Comparable():
		s.failed++
	case t.Counts():
		s.makespans = append(s.makespans, t.Makespan.Seconds())
		s.tasks += t.Audit.Failed
	}
}

// median is infinite for a strategy that has failed, which is last.
func (s *standing) median() float64 {
	if s.failed > 0 || len(s.makespans) == 0 {
		return 1e300
	}
	return stat.Median(s.makespans)
}

// ranking has a line for each strategy with a measured round, the fastest first, as many as the
// terminal has room for.
func (p *Progress) ranking() []string {
	var list []*standing
	width := 0
	for _, s := range p.list {
		if s.failed > 0 || len(s.makespans) > 0 {
			list = append(list, s)
			width = max(width, screen.Width(s.strategy))
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *standing) int { return cmp.Compare(a.median(), b.median()) })
	const figures = 30 // columns for what is beside the names
	rows, columns := p.block.Room()
	width = min(width, columns-figures)
	lines := []string{"So far, by median (the differences may be chance):"}
	for i, s := range list {
		if room := rows - 2; i >= room-1 && len(list) > room {
			return append(lines, fmt.Sprintf("    and %d more", len(list)-i))
		}
		name := screen.Shorten(s.strategy, width)
		figure, rank := quantity.Seconds(s.median()), fmt.Sprintf("%2d.", i+1)
		switch {
		case s.failed > 0:
			figure, rank = fmt.Sprintf("failed in %d of %d", s.failed, s.failed+len(s.makespans)), "   "
		case s.tasks > 0:
			figure += ", " + quantity.Counted(float64(s.tasks), "failed task")
		}
		lines = append(lines, fmt.Sprintf("%s %s%*s  %s", rank, name, width-screen.Width(name), "", figure))
	}
	return lines
}

// remaining is the time that is left, from the share that has passed; negative if unknown.
func remaining(elapsed time.Duration, part float64) time.Duration {
	if part <= 0 {
		return -1
	}
	return time.Duration(float64(elapsed) * max(0, 1-part) / part)
}

func times(elapsed, left time.Duration) string {
	text := fmt.Sprintf("elapsed %v", elapsed.Round(time.Second))
	if left >= 0 {
		text += fmt.Sprintf(", about %v left", left.Round(time.Second))
	}
	return text
}
