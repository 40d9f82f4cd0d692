package bench

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// testProgram is the argument with which the test binary is a program that speaks version 2 of
// the protocol. The next argument says how it behaves.
const testProgram = "test-program"

// serveProgram is such a program: it fetches a URL for each task, all tasks of a batch at once.
func serveProgram(behaviour string, in io.Reader, out io.Writer) error {
	r := bufio.NewReader(in)
	var url string
	for {
		m, err := worker.ReadMessage(r)
		if err != nil || m.Verb == "quit" {
			return nil
		}
		switch m.Verb {
		case "open":
			url = m.Fields["url"]
			version := m.Fields["protocol"]
			if behaviour == "old" {
				version = "1"
			}
			err = worker.WriteMessage(out, "ready", "protocol", version)
		case "trial":
			var returned time.Duration
			if returned, err = programPhase(behaviour, url, m.Fields); err == nil {
				err = worker.WriteMessage(out, "done", "returned_ns", int64(returned), "error", "")
			}
		}
		if err != nil {
			return err
		}
	}
}

// programPhase does the batches of a trial.
func programPhase(behaviour, url string, order map[string]string) (time.Duration, error) {
	batches, err := recordfile.Read(order["batches"])
	if err != nil {
		return 0, err
	}
	tasks, err := recordfile.Read(order["records"])
	if err != nil {
		return 0, err
	}
	zero := time.Now()
	var all sync.WaitGroup
	first := 0
	for i := range batches {
		b := &batches[i]
		from := first
		first += int(b.Bytes)
		time.Sleep(time.Duration(b.Ready) - time.Since(zero))
		if behaviour == "loses" && i == len(batches)/2 {
			continue
		}
		b.Runs, b.Start = 1, int64(time.Since(zero))
		all.Go(func() {
			var of sync.WaitGroup
			for k := from; k < from+int(b.Bytes); k++ {
				of.Go(func() {
					t := &tasks[k]
					t.Runs, t.Start = 1, int64(time.Since(zero))
					answer, err := http.Get(strings.NewReplacer("{round}", order["round"], "{task}", strconv.Itoa(k)).Replace(url))
					t.Outcome = strategies.Failed
					if err == nil {
						t.Status, t.Outcome = uint32(answer.StatusCode), strategies.OK
						_ = answer.Body.Close()
					}
					t.End = int64(time.Since(zero))
				})
			}
			of.Wait()
			b.End, b.Outcome = int64(time.Since(zero)), strategies.OK
		})
	}
	all.Wait()
	if behaviour == "moves" {
		batches[0].Ready++
	}
	returned := time.Since(zero)
	if err := os.WriteFile(order["batches"], recordfile.Bytes(batches), 0o600); err != nil {
		return 0, err
	}
	return returned, os.WriteFile(order["records"], recordfile.Bytes(tasks), 0o600)
}

// programLoad is a scenario of a phase of load for programs of the test binary.
func programLoad(t *testing.T, protocol string, behaviours ...string) scenario.Scenario {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var programs strings.Builder
	for _, b := range behaviours {
		fmt.Fprintf(&programs, "  %s: {command: [%q, %s, %s]%s}\n", b, self, testProgram, b, protocol)
	}
	s, err := scenario.Decode("p.yaml", []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 'uniform:min=1,max=3', arrivals: {rate: 60/s, for: 1s}}\nstrategies: ["+
		strings.Join(behaviours, ", ")+"]\nmeasure: {rounds: 1, warmup: 0, figure: median}\nprograms:\n"+programs.String()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProgramsDoPhasesOfLoad(t *testing.T) {
	s := programLoad(t, ", protocol: 2", "good", "loses", "moves", "old")
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	phase := func(name string) results.Trial {
		trials := run.Measured(s.Name, name)
		if len(trials) != 1 {
			t.Fatalf("%s: %d trials", name, len(trials))
		}
		return trials[0]
	}
	good := phase("good")
	if p := good.Phase; p == nil || p.Missed != 0 || p.Unplanned != 0 || p.Unfinished != 0 || p.Done != p.Batches || p.Median == nil || good.Status != results.StatusOK || good.Audit.Tasks() != s.TaskCount(1) {
		t.Errorf("good: %+v, %+v", good, good.Phase)
	}
	if p := phase("loses").Phase; p == nil || p.Missed != 1 || p.Unfinished != 1 {
		t.Errorf("loses: %+v", p)
	}
	if p := phase("moves").Phase; p == nil || p.Unplanned != 1 {
		t.Errorf("moves: %+v", p)
	}
	if old := phase("old"); old.Status != results.StatusFatal || !strings.Contains(old.Error, `speak version 2 of the protocol, and says that it is ready with version "1"`) {
		t.Errorf("old: %+v", old)
	}
	if run.Status != results.RunInvalid || !strings.Contains(strings.Join(run.Reasons, "\n"), "batches never arrived (1)") || !strings.Contains(strings.Join(run.Reasons, "\n"), "not as planned") {
		t.Errorf("%s: %q", run.Status, run.Reasons)
	}
}

func TestProgramsOfVersion1AreRefusedForLoad(t *testing.T) {
	s := programLoad(t, "", "good")
	err := Check([]scenario.Scenario{s}, Options{})
	if want := "p.yaml:3:14: strategies[0]: good is a program that speaks version 1 of the protocol"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}
