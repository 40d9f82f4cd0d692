package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
)

// judge compares every benchmark. Paired benchmarks and the others form two families, and
// p-values are corrected within each family.
func (r *Report) judge(s Sides, keys []key, o Options) {
	type family struct {
		list          []*Benchmark
		pairs, beyond []stat.Pair // beyond has BASE multiplied by the limit, and a higher value is worse
	}
	var paired, unpaired family
	list := make([]Benchmark, len(keys))
	for i, k := range keys {
		p, isPaired := s.pair(k)
		b := &list[i]
		*b = Benchmark{Name: s.label(k), Unit: k.unit, HigherIsBetter: s.Base.units[k.unit] > 0, Paired: isPaired, Base: newSample(p.Base), Head: newSample(p.Head)}
		f := &unpaired
		if isPaired {
			f = &paired
		}
		worse := p
		if b.HigherIsBetter {
			worse = stat.Pair{Base: p.Head, Head: p.Base, Block: p.Block}
		}
		f.list = append(f.list, b)
		f.pairs = append(f.pairs, p)
		f.beyond = append(f.beyond, stat.Pair{Base: times(worse.Base, 1+o.MaxRegress), Head: worse.Head, Block: worse.Block})
	}
	options := stat.Options{Margin: margin, Seed: o.Seed}
	if o.MaxRegress > 0 {
		options.Margin = min(margin, o.MaxRegress)
	}
	strict := stat.Options{Seed: o.Seed}
	for _, f := range []struct {
		family
		compare func([]stat.Pair, stat.Options) []stat.Comparison
		least   int
	}{{paired, stat.CompareFamily, stat.MinRounds}, {unpaired, stat.CompareSamples, stat.MinValues}} {
		shown, beyond := f.compare(f.pairs, options), f.compare(f.beyond, strict)
		for i, b := range f.list {
			b.Comparison = shown[i]
			if b.HigherIsBetter {
				b.Comparison.Verdict = mirrored(b.Comparison.Verdict)
			}
			b.decide(beyond[i], f.pairs[i], f.least, o)
		}
	}
	for i, k := range keys {
		list[i].distrust(s, k)
	}
	r.Benchmarks = append(list, r.Benchmarks...)
}

func mirrored(v stat.Verdict) stat.Verdict {
	switch v {
	case stat.Faster:
		return stat.Slower
	case stat.Slower:
		return stat.Faster
	}
	return v
}

// decide sets the outcome.
//
// A regression can be claimed for any single benchmark, so its p-value is corrected for all of
// them (beyond compares HEAD with BASE times the limit). A pass is claimed for all benchmarks
// together, and so needs no correction: each interval must end within the limit
// (intersection-union test: Berger, "Multiparameter hypothesis testing and acceptance
// sampling", Technometrics 24, 1982).
func (b *Benchmark) decide(beyond stat.Comparison, p stat.Pair, least int, o Options) {
	what := "samples per side"
	if b.Paired {
		what = "rounds that both have"
	}
	c, limit := b.Comparison, 1+o.MaxRegress
	worst := c.Interval.High // upper limit of the factor by which HEAD is worse
	if b.HigherIsBetter {
		worst = 1 / c.Interval.Low
	}
	n := min(len(p.Base), len(p.Head))
	switch {
	case n < least:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%d %s: a verdict takes %d", n, what, least)
	case all(p.Base, 0) && all(p.Head, 0):
		b.Outcome, b.Why = Pass, "0 in both"
	case all(p.Base, 0) && !b.HigherIsBetter && slices.Min(p.Head) > 0:
		b.Outcome, b.Why = Regression, "0 in BASE, and more in HEAD every time"
	case c.Excluded > 0:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%d values are not positive numbers, so there is no ratio", c.Excluded)
	case beyond.Verdict == stat.Slower:
		b.Outcome, b.Why = Regression, fmt.Sprintf("%s, beyond the limit of %s", b.Change(), percent(o.MaxRegress))
	case worst <= limit:
		b.Outcome, b.Why = Pass, fmt.Sprintf("%s, within the limit of %s", b.Change(), percent(o.MaxRegress))
	default:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%s, on both sides of the limit of %s", b.Change(), percent(o.MaxRegress))
		if beyond.MoreRounds > 0 {
			b.Why += fmt.Sprintf("; about %d more rounds would decide", beyond.MoreRounds)
		}
	}
}

// distrust resets the outcome if a side has failed tasks: a batch of failures takes a different
// time from one of answers.
func (b *Benchmark) distrust(s Sides, k key) {
	var failed []string
	if why := s.Base.failed(k); why != "" {
		failed = append(failed, "in BASE "+why)
	}
	if why := s.Head.failed(k); why != "" {
		failed = append(failed, "in HEAD "+why)
	}
	if len(failed) > 0 {
		b.Outcome, b.Why = CannotTell, "the strategy failed: "+join(failed)
	}
}

func newSample(x []float64) Sample {
	if len(x) == 0 {
		return Sample{}
	}
	return Sample{len(x), stat.Median(x)}
}

func times(x []float64, factor float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * factor
	}
	return out
}

func all(x []float64, value float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != value })
}

// label is a benchmark's name for people, with its package if there are several packages.
func (s Sides) label(k key) string {
	for _, side := range []*Side{s.Base, s.Head} {
		for _, other := range side.names {
			if other.pkg != k.pkg {
				return k.pkg + "." + k.name
			}
		}
	}
	return k.name
}

func percent(v float64) string { return fmt.Sprintf("%g%%", math.Round(1e4*v)/100) }

func join(reasons []string) string { return strings.Join(reasons, "; ") }

// Change writes the difference of HEAD from BASE with its interval: "+6.3% [+5.0%, +7.5%]".
func (b Benchmark) Change() string {
	c := b.Comparison
	if math.IsNaN(c.Ratio) {
		return quantity.Unknown
	}
	return fmt.Sprintf("%s [%s, %s]", difference(c.Ratio), difference(c.Interval.Low), difference(c.Interval.High))
}

func difference(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "∞"
	}
	return fmt.Sprintf("%+.1f%%", 100*(ratio-1))
}
