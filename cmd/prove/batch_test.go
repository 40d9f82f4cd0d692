package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

// BenchmarkBatch is the usual benchmark for comparing two strategies with go test -count
// and benchstat. It runs one of them against the server whose URL is in the environment.
// Values begin with a warm process and open connections.
func BenchmarkBatch(b *testing.B) {
	url := os.Getenv(urlVariable)
	if url == "" {
		b.Skip("started by make prove, with a server")
	}
	by, err := strconv.ParseFloat(cmp.Or(os.Getenv(slowedVariable), "0"), 64)
	if err != nil {
		b.Fatal(err)
	}
	strategy, err := newSlowed(by)
	if err != nil {
		b.Fatal(err)
	}
	fetch := strategies.Task(func(ctx context.Context, i int, _ *strategies.Record) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/?round=%d&task=%d", url, round, i), nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if closeErr := res.Body.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	once := func() {
		batch := strategies.NewBatch(make([]strategies.Record, tasks), fetch)
		batch.Start()
		if err := strategy.Run(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		round++ // every batch has different latencies, like a real service
	}
	if !warm {
		once()
		warm = true
	}
	for b.Loop() {
		once()
	}
}

// State that is kept between values.
var (
	client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: tasks}}
	warm   bool
	round  = rand.IntN(1 << 30)
)
