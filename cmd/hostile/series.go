package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// series tries one kind of harm many times.
type series struct {
	name    string // for -series, and the heading in the page
	promise string // the promise, in one or two sentences
	how     string // how it is tested, in one or two sentences

	// run does the harm and calls expect once for each try. It returns an error only if the
	// series could not be carried out; broken promises are counted.
	run func(ctx context.Context, t *tries) error
}

func findSeries(name string) (series, bool) {
	for _, s := range allSeries {
		if s.name == name {
			return s, true
		}
	}
	return series{}, false
}

func seriesNames() string {
	var names []string
	for _, s := range allSeries {
		names = append(names, s.name)
	}
	return strings.Join(names, ",")
}

// tries is the state of a series and its counts. It must be used from one goroutine.
type tries struct {
	series series
	dir    string     // a directory for this series, empty at its start
	random *rand.Rand // seeded, so that a series can be repeated

	program      string // this program; see fanbench
	began        time.Time
	took         time.Duration // set when the series is over
	limit        time.Duration
	progress     io.Writer
	expectations []*expectation
}

// expectation is something that must be true in each try, with its counts.
type expectation struct {
	what        string
	tried, held int
	seen        string   // observation of the first try
	broken      []string // observations that violate the expectation, at most mostBroken
}

// mostBroken is the maximum number of violations of one expectation shown in full.
const mostBroken = 5

func newTries(s series, program, dir string, seed uint64, limit time.Duration, progress io.Writer) (*tries, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.name)) // writing to a hash does not fail
	return &tries{
		series: s, dir: dir, random: rand.New(rand.NewPCG(seed, h.Sum64())),
		program: program, began: time.Now(), limit: limit, progress: progress,
	}, nil
}

// times yields 0 to n-1. It ends early when the series has used up its time or the context
// is done.
func (t *tries) times(ctx context.Context, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if ctx.Err() != nil || time.Since(t.began) > t.limit || !yield(i) {
				return
			}
		}
	}
}

// expect counts one try of an expectation: whether it held, and the observation. A new
// expectation is appended to the list.
func (t *tries) expect(what string, held bool, format string, args ...any) {
	// What is shown is the same wherever the temporary directory is.
	saw := strings.ReplaceAll(fmt.Sprintf(format, args...), t.dir+string(filepath.Separator), "")
	e := t.expectation(what)
	e.tried++
	if e.seen == "" {
		e.seen = saw
	}
	if held {
		e.held++
		return
	}
	fmt.Fprintf(t.progress, "%s: BROKEN: %s: %s\n", t.series.name, what, saw)
	if len(e.broken) < mostBroken {
		e.broken = append(e.broken, saw)
	}
}

func (t *tries) expectation(what string) *expectation {
	for _, e := range t.expectations {
		if e.what == what {
			return e
		}
	}
	e := &expectation{what: what}
	t.expectations = append(t.expectations, e)
	return e
}
