package strategytest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// fake is the pace of a bubble. Its times are generous, because no real time passes.
var fake = probe.Pace{
	Short: time.Millisecond,
	Usual: 40 * time.Millisecond,
	Slow:  10 * time.Minute,
	Limit: time.Hour,
	Settle: func(func() int) {
		time.Sleep(time.Hour)
		synctest.Wait()
	},
}

// runProbe writes an observation for each batch of a probe. It ends the process if
// goroutines are left, because a bubble cannot end with them.
func runProbe(t *testing.T, c strategies.Choice, name string) {
	all := probe.Probes(fake)
	p := all[slices.IndexFunc(all, func(p probe.Probe) bool { return p.Name == name })]
	synctest.Test(t, func(t *testing.T) {
		before := goroutines()
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		var seen []probe.Observation
		for _, n := range p.Sizes(c) {
			o := p.Observe(s, n)
			seen = append(seen, o)
			if o.End == string(strategies.Hangs) {
				write(seen)
				os.Exit(0)
			}
			time.Sleep(fake.Limit) // until tasks that were left running have ended
		}
		if closer, ok := s.(io.Closer); ok {
			if err := closer.Close(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(fake.Limit)
		leaked := goroutines() - before
		seen[len(seen)-1].Leaked = leaked
		write(seen)
		if leaked > 0 {
			os.Exit(0)
		}
	})
}

// goroutines returns the number of goroutines in the bubble. It reads their stacks, which
// waits for goroutines that are just ending; runtime.NumGoroutine does not.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}

func write(seen []probe.Observation) {
	text, err := json.Marshal(seen)
	if err != nil {
		panic(err)
	}
	fmt.Printf("\n%s%s\n", linePrefix, text)
}
