package cmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/fanbench/fanbench/bench"
)

// newProgress shows the progress of a run: a bar with the remaining time on a terminal, one
// line per round elsewhere. Both write only between trials, in the coordinator's goroutine.
func newProgress(w io.Writer) bench.Progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &barProgress{bar: progressbar.NewOptions(1000,
			progressbar.OptionSetWriter(w), progressbar.OptionSetPredictTime(true),
			progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())}
	}
	return &lineProgress{w: w, began: time.Now()}
}

// barProgress counts in thousandths of the expected time. If more rounds turn out to be
// needed than planned, it starts again.
type barProgress struct {
	bar  *progressbar.ProgressBar
	last float64
}

func (p *barProgress) Trial(t results.Trial, _, _ int, part float64) {
	if part < p.last {
		p.bar.Reset()
	}
	p.last = part
	p.bar.Describe(where(t))
	_ = p.bar.Set(int(1000 * part)) // fails only if the terminal is gone
}

func where(t results.Trial) string {
	if t.Warmup() {
		return fmt.Sprintf("%s warm-up", t.Scenario)
	}
	return fmt.Sprintf("%s round %d", t.Scenario, t.Round)
}

// lineProgress writes a line when a round begins.
type lineProgress struct {
	w     io.Writer
	began time.Time
	last  string
}

func (p *lineProgress) Trial(t results.Trial, over, all int, part float64) {
	at := where(t)
	if at == p.last && over < all {
		return
	}
	p.last = at
	spent := time.Since(p.began)
	left := time.Duration(float64(spent) * (1 - part) / part)
	fmt.Fprintf(p.w, "%s: trial %d of %d, %.0f s elapsed, about %.0f s left\n", at, over, all, spent.Seconds(), left.Seconds())
}
