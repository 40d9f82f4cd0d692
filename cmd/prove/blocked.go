package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
)

// The environment variables that configure BenchmarkBatch.
const (
	urlVariable    = "FANBENCH_PROVE_URL"
	slowedVariable = "FANBENCH_PROVE_SLOWED" // 0.01 for 1%
)

// buildBenchmark compiles BenchmarkBatch, as go test does.
func buildBenchmark(ctx context.Context) (program string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "fanbench-prove-")
	if err != nil {
		return "", nil, err
	}
	program = filepath.Join(dir, "prove.test")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.CommandContext(ctx, cmp.Or(os.Getenv("GO"), "go"), "test", "-c", "-o", program, "github.com/fanbench/fanbench/cmd/prove")
	if said, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir) // report the build's error instead
		return "", nil, fmt.Errorf("building the benchmark, which needs Go and fanbench's source: %w\n%s", err, said)
	}
	return program, func() { _ = os.RemoveAll(dir) }, nil
}

// blocked is the unpaired way: go test -bench -count of one, then of the other, then
// benchstat.
type blocked struct {
	program string
	plan    powerPlan
	servers map[string]*mockserver.Server // by workload
}

func newBlocked(program string, plan powerPlan) (*blocked, error) {
	b := &blocked{program: program, plan: plan, servers: map[string]*mockserver.Server{}}
	for _, w := range plan.Workloads {
		c, err := w.mock(1)
		if err != nil {
			return nil, errors.Join(err, b.close())
		}
		if b.servers[w.Name], err = mockserver.Start(c); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	return b, nil
}

func (b *blocked) close() error {
	var errs []error
	for _, s := range b.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// measure compares every slow-down with the base once, in random order. Two slow-downs
// share a base: one is measured right before it, one right after, so that there is no gap
// between the sides of a comparison.
func (b *blocked) measure(ctx context.Context, w workload, number int) (series, error) {
	s := series{Pairs: map[int]stat.Pair{}}
	random := rand.New(rand.NewPCG(uint64(number), 2))
	order := slices.Clone(b.plan.Slowdowns)
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for two := range slices.Chunk(order, 2) {
		before, tookBefore, err := b.values(ctx, w, two[0])
		if err != nil {
			return s, err
		}
		base, tookBase, err := b.values(ctx, w, 0)
		if err != nil {
			return s, err
		}
		s.Took += tookBefore + tookBase
		s.Pairs[two[0]] = stat.Pair{Base: base, Head: reversed(before)}
		if len(two) == 1 {
			break
		}
		after, tookAfter, err := b.values(ctx, w, two[1])
		if err != nil {
			return s, err
		}
		s.Took += tookBase + tookAfter // alone, each comparison would measure its own base
		s.Pairs[two[1]] = stat.Pair{Base: reversed(base), Head: after}
	}
	return s, nil
}

// reversed reverses the values. Those nearest to the change then come first, so that the
// first n of each side are the values that -count n would have given.
func reversed(values []float64) []float64 {
	values = slices.Clone(values)
	slices.Reverse(values)
	return values
}

// values runs one go test -count. It returns the values in seconds and the elapsed time.
func (b *blocked) values(ctx context.Context, w workload, percent int) (values []float64, took time.Duration, err error) {
	began := time.Now()
	cmd := exec.CommandContext(ctx, b.program, "-test.run=^$", "-test.bench=^BenchmarkBatch$", "-test.benchtime=1x", "-test.count="+strconv.Itoa(b.plan.Most))
	cmd.Env = append(os.Environ(), urlVariable+"="+b.servers[w.Name].URL(), fmt.Sprintf("%s=%g", slowedVariable, float64(percent)/100))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("running the benchmark: %w\n%s%s", err, out, said.String())
	}
	values, err = secondsPerOp(string(out))
	if err == nil && len(values) != b.plan.Most {
		err = fmt.Errorf("the benchmark printed %d values, want %d:\n%s", len(values), b.plan.Most, out)
	}
	return values, time.Since(began), err
}

// secondsPerOp returns the times of all results in the Go benchmark format, in order.
func secondsPerOp(text string) ([]float64, error) {
	var values []float64
	r := benchfmt.NewReader(strings.NewReader(text), "go test")
	for r.Scan() {
		if result, ok := r.Result().(*benchfmt.Result); ok {
			if v, ok := result.Value("sec/op"); ok {
				values = append(values, v)
			}
		}
	}
	return values, r.Err()
}

// benchstat compares two samples as benchstat does: its test gives the p-value, the medians
// give the direction.
func benchstat(p stat.Pair) call {
	sample := func(values []float64) *benchmath.Sample {
		return benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds) // NewSample sorts its argument
	}
	base, head := sample(p.Base), sample(p.Head)
	const confidence = 0.95 // of the medians' confidence intervals, which are not used
	b, h := benchmath.AssumeNothing.Summary(base, confidence).Center, benchmath.AssumeNothing.Summary(head, confidence).Center
	if b == h {
		return call{p: 1}
	}
	return call{benchmath.AssumeNothing.Compare(base, head).P, h > b}
}
