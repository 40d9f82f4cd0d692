package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/internal/advice/planted"
)

// advised is the advice in one situation and the best limit by brute force. Ratio is 0 if
// the advised strategy does not work.
type advised struct {
	planted.Row
	Took time.Duration `json:"took_ns"`
}

// adviseFor runs advise in every real situation, each for budget, then measures by brute force.
func adviseFor(ctx context.Context, budget time.Duration, own bench.Options, progress func(string)) (rows []advised, err error) {
	list := realSituations()
	for i, s := range list {
		progress(fmt.Sprintf("advise: situation %d of %d, %s", i+1, len(list), s.Name))
		began := time.Now()
		row, err := inTemporary(func(dir string) (planted.Row, error) {
			o := own
			o.Dir = dir
			return s.measure(ctx, o, budget, runtime.NumCPU())
		})
		if err != nil {
			return rows, err
		}
		if math.IsInf(row.Ratio, 0) {
			row.Ratio = 0
		}
		rows = append(rows, advised{row, time.Since(began)})
	}
	return rows, nil
}

// inTemporary calls do with a directory that does not exist yet, and removes it afterwards.
func inTemporary[T any](do func(dir string) (T, error)) (result T, err error) {
	dir, err := os.MkdirTemp("", "fanbench-prove-")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(filepath.Join(dir, "runs"))
}

// right compares a row with the goal.
func (a advised) right() outcome {
	if a.Ratio > 0 && a.Right() {
		return met
	}
	return missed
}

func (p *proof) advice() section {
	s := section{
		title: "Advice compared with brute force",
		text:  fmt.Sprintf("fanbench advise had %v for each situation. Brute force then measured limits from 1 to the size of the batch, each 25%% above the previous one, in nine rounds. go test ./internal/advice/planted tests more situations on a simulated clock.", p.Budget),
		table: newTable("situation", "best by brute force", "advised", "x best"),
	}
	g := newGoals(fmt.Sprintf("the advice is the best limit, or within %.0f%% of it", 100*planted.Within))
	for _, a := range p.Advised {
		ratio := "does not work"
		if a.Ratio > 0 {
			ratio = fmt.Sprintf("%.3f", a.Ratio)
		}
		s.table.AppendRow(table.Row{a.Situation, orNone(a.Best), orNone(a.Advised), ratio})
		g.add(a.right())
	}
	s.goals = []*goals{g}
	return s
}

func orNone(strategy string) string {
	if strategy == "" {
		return "none"
	}
	return strategy
}
