package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/doctor"
)

// proof is derived from the results.
type proof struct {
	*measurements
	self  []judged
	finds []finding
}

// judged is the result for one case of a strategy against itself.
type judged struct {
	selfResult
	aa doctor.AA
}

// finding is one slow-down of one workload, both ways.
type finding struct {
	workload        workload
	percent         int
	paired, blocked curve
	corrected       curve // blocked, at the level with a false positive rate of at most 5%
	sameTime        int   // trials per side that the unpaired way completes in the time of the pairs
	savings         *savings
}

func newProof(r *measurements) *proof {
	p := &proof{measurements: r}
	for _, s := range r.Self {
		p.self = append(p.self, judged{s, s.Runs.Judge(s.Scenario)})
	}
	for _, w := range r.Power.Workloads {
		var paired, blocked []series
		for _, s := range r.Sets {
			if s.Workload == w.Name {
				paired, blocked = append(paired, s.Paired), append(blocked, s.Blocked)
			}
		}
		trials := blockedTrials(r.Power.Most)
		alike := newCurve(trials, undone(blocked), benchstat)
		for _, percent := range r.Power.Slowdowns {
			f := finding{
				workload: w, percent: percent,
				paired:   newCurve(pairedTrials(r.Power.Rounds), pairsOf(paired, percent), verdict),
				blocked:  newCurve(trials, pairsOf(blocked, percent), benchstat),
				sameTime: sameTime(r.Power.Most, paired, blocked),
			}
			f.corrected = f.blocked.corrected(alike)
			if s, ok := newSavings(f.paired, f.corrected); ok && percent > 0 {
				f.savings = &s
			}
			p.finds = append(p.finds, f)
		}
	}
	return p
}

// pairsOf returns the comparisons of one slow-down.
func pairsOf(list []series, percent int) (pairs []stat.Pair) {
	for _, s := range list {
		pairs = append(pairs, s.Pairs[percent])
	}
	return pairs
}

// undone returns all comparisons with the slow-downs, which are known exactly, divided out.
// The sides are then alike, which gives a control of four times the size.
func undone(list []series) (pairs []stat.Pair) {
	for _, s := range list {
		for _, percent := range slices.Sorted(maps.Keys(s.Pairs)) {
			pair := stat.Pair{Base: s.Pairs[percent].Base}
			for _, v := range s.Pairs[percent].Head {
				pair.Head = append(pair.Head, v/(1+float64(percent)/100))
			}
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// sameTime is the number of trials per side that the unpaired way completes in the time of
// the pairs, at most most.
func sameTime(most int, paired, blocked []series) int {
	var took, of time.Duration
	for i := range paired {
		took += paired[i].Took
		of += blocked[i].Took
	}
	if of == 0 {
		return most
	}
	return min(most, max(1, int(float64(most)*float64(took)/float64(of))))
}

// section is a table with its text.
type section struct {
	title, text string
	table       table.Writer
	goals       []*goals
}

// sections are all sections, in the order of the parts.
func (p *proof) sections() []section {
	sections := []section{p.simulation(), p.machines(), p.itself(), p.advice()}
	for _, w := range p.Power.Workloads {
		sections = append(sections, p.power(w))
	}
	return sections
}

func newTable(heads ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Options.SeparateHeader = true
	t.Style().Format.Header = 0
	t.AppendHeader(table.Row(heads))
	return t
}

func (p *proof) simulation() section {
	s := section{
		title: "Simulated: false positive rate at a nominal 5%, and coverage of 95% intervals",
		table: newTable("noise", "unpaired", "paired", "coverage", "coverage with --until 3%", "mean rounds"),
	}
	alike, held, until := newGoals("false positive rate of 3 to 7%, paired"), newGoals("coverage of at least 93%"), newGoals("coverage of at least 95% with --until")
	for _, r := range p.Simulated {
		s.table.AppendRow(table.Row{r.Noise, percent(r.Blocked), percent(r.Paired), percent(r.Held), percent(r.UntilHeld), fmt.Sprintf("%.0f", r.Rounds)})
		alike.add(rateWithin(r.Paired, leastFalse, mostFalse))
		held.add(rateWithin(r.Held, leastHeld, 1))
		until.add(rateWithin(r.UntilHeld, leastUntil, 1))
	}
	if len(p.Simulated) > 0 {
		s.text = fmt.Sprintf("Identical strategies called different, in %d runs of %d rounds for each figure. Unpaired: all of A, then all of B, Mann-Whitney. Paired: fanbench's verdict, with both in every round, in random order.", p.Simulated[0].Paired.Of, p.Rounds)
	}
	s.goals = []*goals{alike, held, until}
	return s
}

func (p *proof) itself() section {
	s := section{
		title: "A/A test: one strategy against itself, on this machine",
		text:  "The same code called different, with the 95% confidence interval of the rate. Each run has six copies of " + selfStrategy(p.self) + ". Every pair of copies is compared, without a margin. Unpaired: one copy after the other, Mann-Whitney.",
		table: newTable("target", "rounds", "runs", "paired", "unpaired", "odd against even rounds"),
	}
	alike, lasting := newGoals("false positive rate of 3 to 7%, paired"), newGoals(fmt.Sprintf("no effect persists from odd to even rounds (p > %g)", unlikely))
	for _, c := range p.self {
		s.table.AppendRow(table.Row{c.Name, c.Rounds, c.aa.Runs, c.aa.Interleaved.String(), c.aa.Blocked.String(), c.aa.Persistence.String()})
		alike.add(rateWithin(c.aa.Interleaved, leastFalse, mostFalse))
		lasting.add(notPersistent(c.aa.Persistence))
	}
	s.goals = []*goals{alike, lasting}
	return s
}

// selfStrategy names the strategy that is compared with itself.
func selfStrategy(list []judged) string {
	if len(list) == 0 {
		return "a strategy"
	}
	strategy, _, _ := strings.Cut(list[0].aa.Scenario, ", ")
	return strategy
}

func (p *proof) power(w workload) section {
	s := section{title: fmt.Sprintf("Real slow-downs found: %s, %d requests of %s", w.Name, tasks, w.Latency), text: p.compared(w)}
	g := newGoals(fmt.Sprintf("at least %d times fewer trials for the same power", leastSavings))
	found := newGoals("paired finds at least as many as unpaired, with the same trials and false positive rate")
	for _, f := range p.finds {
		if f.workload != w {
			continue
		}
		trials := f.blocked.trials
		// The same trials, the same time, and all.
		same, inTime := f.blocked.at(p.Power.Rounds), f.blocked.at(f.sameTime)
		looks := []int{same, inTime, len(trials) - 1}
		slices.Sort(looks)
		looks = slices.Compact(looks)
		if s.table == nil {
			heads := []any{"slower by", fmt.Sprintf("paired, %d", p.Power.Rounds)}
			for _, i := range looks {
				heads = append(heads, fmt.Sprintf("unpaired, %d", trials[i]))
			}
			s.table = newTable(append(heads, fmt.Sprintf("unpaired, %d, calibrated", trials[same]), "for the same power", "times fewer")...)
			s.text += fmt.Sprintf(" Column heads have the trials per side; unpaired has time for %d while fanbench runs its %d rounds. Calibrated: unpaired at the level at which its false positive rate is at most 5%%, which is %.2g%% at %d trials. For the same power: trials per side, with unpaired calibrated.",
				f.sameTime, p.Power.Rounds, 100*f.corrected.levels[same], trials[same])
		}
		rate, power, times := curve.found, "paired finds too few", "-"
		switch {
		case f.percent == 0:
			rate, power = curve.different, "-"
		case f.savings != nil:
			power, times = f.savings.trials(), f.savings.String()
			g.add(f.savings.outcome())
		default:
			g.add(open)
		}
		row := table.Row{fmt.Sprintf("%d%%", f.percent), interval(rate(f.paired, len(f.paired.trials)-1))}
		for _, i := range looks {
			row = append(row, interval(rate(f.blocked, i)))
		}
		honest := rate(f.corrected, same)
		if f.percent > 0 {
			found.add(atLeast(f.paired.found(len(f.paired.trials)-1), honest))
		}
		s.table.AppendRow(append(row, interval(honest), power, times))
	}
	s.goals = []*goals{found, g}
	return s
}

// compared describes the comparisons of a workload.
func (p *proof) compared(w workload) string {
	sets, invalid := 0, 0
	for _, set := range p.Sets {
		if set.Workload == w.Name {
			sets++
			invalid += len(set.Paired.Invalid)
		}
	}
	text := fmt.Sprintf("Percentage of %d comparisons called slower, with its 95%% confidence interval. At 0%%, the control: called different.", sets)
	if invalid > 0 {
		text += fmt.Sprintf(" %d of fanbench's runs were invalid, and count as not found.", invalid)
	}
	return text
}

// trials gives the trials of both ways: "9 against more than 80, for 80%".
func (s savings) trials() string {
	more := ""
	if s.More {
		more = "more than "
	}
	return fmt.Sprintf("%d against %s%d, for %.0f%%", s.Paired, more, s.Blocked, 100*s.Power)
}

// String is the ratio and its interval: "> 8.9 [6.7, ∞]".
func (s savings) String() string {
	more, high := "", fmt.Sprintf("%.1f", s.Interval.High)
	if s.More {
		more = "> "
	}
	if math.IsInf(s.Interval.High, 1) {
		high = "∞"
	}
	return fmt.Sprintf("%s%.1f [%.1f, %s]", more, s.Ratio, s.Interval.Low, high)
}

func percent(r doctor.Rate) string { return fmt.Sprintf("%.1f%%", 100*share(r)) }

func interval(r doctor.Rate) string {
	return fmt.Sprintf("%.0f%% [%.0f, %.0f]", 100*share(r), 100*r.Low, 100*r.High)
}

// origin gives the place and time of the measurement, and warns if the machine was busy.
func (p *proof) origin() string { return measuredOn(p.Began, p.Took, p.Environment) }

func measuredOn(began time.Time, took time.Duration, e machine.Environment) string {
	cpu := e.CPU
	if cpu == "" {
		cpu = "an unknown processor"
	}
	text := fmt.Sprintf("Measured %s in %v on %s, %d CPUs, %s %s, %s; load %.1f before, %.1f after.",
		began.Format(time.DateOnly), took.Round(time.Second), cpu, e.CPUs, e.OS, e.Arch, e.Go, e.LoadBefore, e.LoadAfter)
	if e.LoadBefore > busy*float64(e.CPUs) || e.LoadAfter > busy*float64(e.CPUs)+1 {
		text += " The machine was busy with other programs, which hides small differences in either way of measuring."
	}
	return text
}

// busy is the load per CPU at which fanbench doctor warns; the proof itself adds about 1.
const busy = 0.5

// text is the proof for a terminal.
func (p *proof) text() string { return plainText(p.origin(), p.sections()) }

// markdown is the proof for a document.
func (p *proof) markdown() string { return markdown(p.origin(), p.sections()) }

func plainText(origin string, list []section) string {
	return render(origin, list, "%s\n\n", func(t table.Writer) string { return t.Render() })
}

func markdown(origin string, list []section) string {
	return render(origin, list, "### %s\n\n", func(t table.Writer) string { return t.RenderMarkdown() })
}

func render(origin string, list []section, title string, write func(table.Writer) string) string {
	var b strings.Builder
	if origin != "" {
		fmt.Fprintf(&b, "%s\n\n", origin)
	}
	for _, s := range list {
		fmt.Fprintf(&b, title, s.title)
		fmt.Fprintf(&b, "%s\n\n%s\n\n", s.text, write(s.table))
		for _, g := range s.goals {
			fmt.Fprintf(&b, "%s\n", g)
			if strings.HasPrefix(title, "#") {
				fmt.Fprintln(&b)
			}
		}
		if !strings.HasPrefix(title, "#") {
			fmt.Fprintln(&b)
		}
	}
	return b.String()
}
