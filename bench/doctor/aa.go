package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/strategies"
)

// Trial is one measurement of the code that the A/A test compares with itself.
type Trial func(ctx context.Context) (time.Duration, error)

// AA is one strategy against itself: whatever is called different is called so wrongly.
type AA struct {
	Rounds      int  `json:"rounds"`      // of each comparison
	Interleaved Rate `json:"interleaved"` // as fanbench does: pairs in random order, sign-flip test
	Blocked     Rate `json:"blocked"`     // as is usual: one after the other, Mann-Whitney
	// Detectable is the least difference, as a part, that as many rounds would find with
	// a probability of 0.8; 0 is not known.
	Detectable float64 `json:"detectable"`
}

// Rate is how many comparisons called the two different, of how many.
type Rate struct {
	Different int     `json:"different"`
	Of        int     `json:"of"`
	Low       float64 `json:"low"`  // 95% interval of the rate (Wilson, JASA 22, 1927)
	High      float64 `json:"high"` //
}

// NewRate is the rate of so many comparisons.
func NewRate(different, of int) Rate {
	iv := stat.ProportionInterval(different, of, 0.95)
	return Rate{different, of, iv.Low, iv.High}
}

func (r *Rate) count(v stat.Verdict) {
	different := r.Different
	if v == stat.Faster || v == stat.Slower {
		different++
	}
	*r = NewRate(different, r.Of+1)
}

// String is the rate for people.
func (r Rate) String() string {
	if r.Of == 0 {
		return "not tested"
	}
	return fmt.Sprintf("%d of %d, %.0f%% [%.0f%%, %.0f%%]", r.Different, r.Of, 100*float64(r.Different)/float64(r.Of), 100*r.Low, 100*r.High)
}

// SelfTest is the A/A test alone: one strategy against itself, as often as the options
// say, or until their Limit is reached. Its error is the context's where that was
// cancelled.
func SelfTest(ctx context.Context, o Options) (AA, error) {
	trial := o.Trial
	if trial == nil {
		t, closeTrial, err := batchTrial()
		if err != nil {
			return AA{}, fmt.Errorf("preparing the A/A test: %w", err)
		}
		defer closeTrial()
		trial = t
	}
	limited, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	aa, err := testAA(limited, o, trial, func(i int) {
		if o.Progress != nil {
			o.Progress(fmt.Sprintf("A/A: comparison %d of %d", i, o.Comparisons))
		}
	})
	if ctx.Err() != nil {
		return aa, ctx.Err()
	}
	if err != nil {
		return aa, fmt.Errorf("the A/A test: %w", err)
	}
	return aa, nil
}

// testAA compares as often as the options say, blocked and interleaved by turns, so that
// both meet the same hours. Where the time is up it ends with fewer.
func testAA(ctx context.Context, o Options, trial Trial, progress func(i int)) (AA, error) {
	out := AA{Rounds: o.Rounds}
	random := rand.New(rand.NewPCG(1, 1))
	var reach []float64
	for i := range o.Comparisons {
		if i%10 == 0 {
			progress(i)
		}
		interleaved, err := collect(ctx, trial, pairs(random, o.Rounds))
		var blocked stat.Pair
		if err == nil {
			blocked, err = collect(ctx, trial, blocks(random, o.Rounds))
		}
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			return out, err
		}
		c := stat.Compare(interleaved.Base, interleaved.Head, stat.Options{})
		out.Interleaved.count(c.Verdict)
		out.Blocked.count(stat.CompareSamples([]stat.Pair{blocked}, stat.Options{})[0].Verdict)
		reach = append(reach, math.Log(c.Interval.High/c.Interval.Low)/2)
	}
	if len(reach) > 0 && o.Rounds >= stat.MinRounds {
		// The interval reaches 1.96 standard errors, a test at 5% finds 1.96 + 0.84 of
		// them with a probability of 0.8.
		z, power := distuv.UnitNormal.Quantile(0.975), distuv.UnitNormal.Quantile(0.8)
		out.Detectable = math.Expm1(stat.Quantiles(reach, 0.5)[0] * (z + power) / z)
	}
	return out, nil
}

// pairs are the sides in run order, false for base: rounds of both, in random order.
func pairs(random *rand.Rand, rounds int) (heads []bool) {
	for range rounds {
		first := random.IntN(2) == 1
		heads = append(heads, first, !first)
	}
	return heads
}

// blocks are all trials of one side, then all of the other.
func blocks(random *rand.Rand, rounds int) (heads []bool) {
	first := random.IntN(2) == 1
	for i := range 2 * rounds {
		heads = append(heads, (i < rounds) == first)
	}
	return heads
}

// collect holds the trials, each counted for the side whose turn it is.
func collect(ctx context.Context, trial Trial, heads []bool) (p stat.Pair, err error) {
	for _, head := range heads {
		if err := ctx.Err(); err != nil {
			return p, err
		}
		took, err := trial(ctx)
		if err != nil {
			return p, err
		}
		if head {
			p.Head = append(p.Head, took.Seconds())
		} else {
			p.Base = append(p.Base, took.Seconds())
		}
	}
	return p, nil
}

// The batch of the A/A test: as small as a benchmark of a fan-out can be, so that many
// fit into a minute.
const (
	aaTasks    = 16
	aaLatency  = "constant:1ms"
	aaStrategy = "fixed-pool:workers=8"
)

// batchTrial is a small batch of requests to a mock server in this process.
func batchTrial() (trial Trial, closeTrial func(), err error) {
	choice, err := strategies.Parse(aaStrategy)
	if err != nil {
		return nil, nil, err
	}
	strategy, err := choice.New()
	if err != nil {
		return nil, nil, err
	}
	var config mockserver.Config
	if config.Latency, err = mockserver.ParseLatency(aaLatency); err != nil {
		return nil, nil, err
	}
	server, err := mockserver.Start(config)
	if err != nil {
		return nil, nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: aaTasks}
	client := &http.Client{Transport: transport}
	fetch := strategies.Task(func(ctx context.Context, _ int, _ *strategies.Record) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+"/", nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	trial = func(ctx context.Context) (time.Duration, error) {
		batch := strategies.NewBatch(make([]strategies.Record, aaTasks), fetch)
		batch.Start()
		err := strategy.Run(ctx, batch)
		took := batch.Elapsed()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return took, err
	}
	return trial, func() { transport.CloseIdleConnections(); server.Close() }, nil
}
