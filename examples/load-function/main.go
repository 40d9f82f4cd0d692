// Command load-function is fanbench with a function of its own as the target: a download
// that is tried again when the server says that it has too many.
package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/cmd"
)

func main() {
	scenario.RegisterFunc("download", download) // in every process: workers are this program too
	os.Exit(cmd.Main())
}

const (
	attempts = 6
	backoff  = 10 * time.Millisecond // at most before the second attempt, and twice as long before each further one
)

// client keeps the connections that it has opened.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}

// download fetches one of ten files from the server that FILES names. Where the server
// refuses, it waits for a random time, which may be longer each time, and tries again.
func download(ctx context.Context, _, task int) error {
	url := os.Getenv("FILES") + "/" + strconv.Itoa(task)
	for attempt := range attempts {
		status, err := fetch(ctx, url)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			return nil
		case status != http.StatusTooManyRequests:
			return fmt.Errorf("HTTP %d", status)
		}
		select {
		case <-time.After(rand.N(backoff << attempt)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("refused %d times", attempts)
}

func fetch(ctx context.Context, url string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
