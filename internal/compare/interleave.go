package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// Programs are two builds of a program that are measured interleaved, pair by pair, each pair
// in random order, so that drift affects both equally. This can resolve a difference of 1% where
// sequential measurements differ by 10%.
type Programs struct {
	Base, Head string   // executables
	Args       []string // arguments of both
	Pairs      int
	Warmup     int    // warm-up runs of each before the first pair, not counted
	Seed       uint64 // seed of the order in each pair
}

// Executor runs a program until it ends and returns its standard output and elapsed time.
type Executor func(ctx context.Context, program string, args []string) (stdout string, took time.Duration, err error)

// Interleave measures the programs. If a program prints lines in the Go benchmark format, they
// are the measurement, otherwise the time of the whole process is. progress is called before
// each pair, which is numbered from 1. It stops at the first run that fails and returns its
// error.
func Interleave(ctx context.Context, p Programs, run Executor, progress func(pair int)) (Sides, error) {
	s := Sides{Base: newSide(p.Base), Head: newSide(p.Head), Interleaved: true}
	random := rand.New(rand.NewPCG(p.Seed, 0))
	for pair := 1 - p.Warmup; pair <= p.Pairs; pair++ {
		order := []*Side{s.Base, s.Head}
		if random.IntN(2) == 1 {
			order[0], order[1] = order[1], order[0]
		}
		if pair > 0 {
			progress(pair)
		}
		for _, side := range order {
			out, took, err := run(ctx, side.Path, p.Args)
			if err != nil {
				return s, err
			}
			if pair < 1 {
				continue
			}
			if !hasResults(out) {
				out = fmt.Sprintf("BenchmarkProcess 1 %d ns/op\n", took.Nanoseconds())
			}
			if err := side.add(side.Path, out, func(string, int) int { return pair }); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// hasResults reports whether the text has a line in the Go benchmark format.
func hasResults(text string) bool {
	r := benchfmt.NewReader(strings.NewReader(text), "output")
	for r.Scan() {
		if _, ok := r.Result().(*benchfmt.Result); ok {
			return true
		}
	}
	return false
}

// Save writes both sides' results into the directory, as base.txt and head.txt.
func (s Sides) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("saving the results: %w", err)
	}
	write := func(name string, side *Side) error {
		return os.WriteFile(filepath.Join(dir, name), []byte(side.text.String()), 0o644)
	}
	return errors.Join(write("base.txt", s.Base), write("head.txt", s.Head))
}
