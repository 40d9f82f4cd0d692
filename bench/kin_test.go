//go:build linux

package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// pidFile is the variable that names the file to which a test's strategies write the
// numbers of the processes that they start, one a line.
const pidFile = "FANBENCH_TEST_PIDS"

// sleeper starts a process that would outlive the tests, in a session of its own or not.
func sleeper(alone bool) *exec.Cmd {
	c := exec.Command("sleep", "1000")
	if alone {
		c = exec.Command("setsid", "sleep", "1000")
	}
	if err := c.Start(); err != nil {
		panic(err)
	}
	f, err := os.OpenFile(os.Getenv(pidFile), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintln(f, c.Process.Pid)
		f.Close()
	}
	if err != nil {
		panic(err)
	}
	return c
}

func init() {
	all := func(ctx context.Context, b *strategies.Batch) {
		for i := range b.Len() {
			_ = b.Do(ctx, i)
		}
	}
	strategies.Register(strategies.Spec{
		Name: "test-forks", Doc: "starts two processes in every trial, for tests",
		Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
		New: func(strategies.Params) (strategies.Strategy, error) {
			return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
				all(ctx, b)
				sleeper(false)
				sleeper(true)
				return nil
			}), nil
		},
	})
	strategies.Register(strategies.Spec{
		Name: "test-helper", Doc: "starts a process when it is made, for tests",
		Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
		New: func(strategies.Params) (strategies.Strategy, error) {
			helper := sleeper(false)
			return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
				all(ctx, b)
				if child.Look(helper.Process.Pid).Dead {
					return errors.New("the helper is dead")
				}
				return nil
			}), nil
		},
	})
	strategies.Register(strategies.Spec{
		Name: "test-blocks-in-new", Doc: "starts a process and is never made, for tests",
		Traits: strategies.Traits{Reports: strategies.ReportsNone, OnError: strategies.RunsAll, OnPanic: strategies.Crashes, OnCancel: strategies.IgnoresCancel, OnGoexit: strategies.Swallowed},
		New: func(strategies.Params) (strategies.Strategy, error) {
			sleeper(false)
			select {}
		},
	})
}

// started waits until n processes have been started, and returns their numbers.
func started(t *testing.T, file string, n int) (pids []int) {
	t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Fields(string(text)); len(lines) >= n {
			for _, line := range lines {
				pid, err := strconv.Atoi(line)
				if err != nil {
					t.Fatal(err)
				}
				pids = append(pids, pid)
			}
			return pids
		}
	}
	t.Fatalf("%d processes were not started", n)
	return nil
}

// expectDead waits for the processes to end. Those that do not are killed.
func expectDead(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		deadline := time.Now().Add(10 * time.Second)
		for r := child.Look(pid); !r.Dead; r = child.Look(pid) {
			if time.Now().After(deadline) {
				t.Errorf("process %d, %s, lives on", pid, r.Name)
				r.Kill()
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// newPidFile makes the file and has children know it.
func newPidFile(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("needs setsid(1): ", err)
	}
	if _, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid())); err != nil {
		t.Skip("this kernel does not tell of children: ", err)
	}
	name := filepath.Join(t.TempDir(), "pids")
	writeFile(t, name, "")
	t.Setenv(pidFile, name)
	return name
}

func TestProcessesThatAStrategyStartsEndWithTheTrial(t *testing.T) {
	pids := newPidFile(t)
	s := scenarioOf(t, "sequential, test-forks, test-helper")
	s.Target, s.Workload.Tasks, s.Measure.Rounds, s.Measure.Warmup = scenario.Target{Sleep: &latency.Latency{}}, 2, 2, 0
	s.Measure.Processes = scenario.ProcessesKept
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: workerCommand(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range run.Trials {
		if trial.Status != results.StatusOK {
			t.Errorf("%s: %s: %s", trial.Strategy, trial.Status, trial.Error)
		}
	}
	expectDead(t, started(t, pids, 5))
	warnings := strings.Join(run.Warnings, "\n")
	for _, want := range []string{"test-forks left 4 processes behind that it had started (sleep)", "test-helper left a process behind"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no %q in %s", want, warnings)
		}
	}
}

// A worker that ends while a process that it has started holds its stdout is gone at once.
func TestAWorkerThatIsGoneWhileAnotherHoldsItsOutput(t *testing.T) {
	pids := newPidFile(t)
	defer child.AdoptOrphans()()
	for _, program := range []string{"sleep 1000 & ", "setsid sleep 1000 & "} {
		log := filepath.Join(t.TempDir(), "log")
		script := []string{"sh", "-c", program + `echo $! >>"$` + pidFile + `"; echo last words >&2; exit 3`}
		_, err := openRemote(t.Context(), child.Command{Args: script, Log: log, Death: child.KillOnDeath}, worker.Job{Strategy: "x", Tasks: 1, Timeout: patient}, limits{}, patient)
		var crash *crashError
		if !errors.As(err, &crash) || !strings.Contains(err.Error(), "exit status 3: last words") || !strings.Contains(err.Error(), "left a process behind that it had started (") {
			t.Errorf("%s: got %v", program, err) // it may be found before it has become a sleep
		}
	}
	expectDead(t, started(t, pids, 2))
}

func TestAStrategyThatIsNeverMadeEndsAtOnceWhenInterrupted(t *testing.T) {
	pids := newPidFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		started(t, pids, 1)
		cancel()
	}()
	_, err := openRemote(ctx, child.Command{Args: workerCommand(t), Log: filepath.Join(t.TempDir(), "log"), Death: child.TellOnDeath}, worker.Job{Strategy: "test-blocks-in-new", Tasks: 1, Timeout: patient, Sleep: "constant:0s"}, limits{}, patient)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	expectDead(t, started(t, pids, 1))
}

// When the coordinator is killed, its workers and what their strategies have started end:
// one that blocks in New, and a program that reads no orders.
func TestNobodyOutlivesACoordinatorThatIsKilled(t *testing.T) {
	pids := newPidFile(t)
	t.Setenv(coordinatorEnv, "1")
	c := exec.Command(workerCommand(t)[0])
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	list := started(t, pids, 2)
	_ = c.Process.Kill()
	_ = c.Wait()
	expectDead(t, list)
}

// coordinatorEnv has this program be a coordinator of two workers that are never ready.
const coordinatorEnv = "FANBENCH_TEST_COORDINATOR"

// beCoordinator is such a coordinator, until it is killed.
func beCoordinator() {
	if os.Getenv(coordinatorEnv) == "" {
		return
	}
	_ = os.Unsetenv(coordinatorEnv)
	dir := filepath.Dir(os.Getenv(pidFile))
	self, _ := os.Executable()
	go func() {
		_, _ = openRemote(context.Background(), child.Command{Args: []string{self}, Log: filepath.Join(dir, "a"), Death: child.TellOnDeath}, worker.Job{Strategy: "test-blocks-in-new", Tasks: 1, Timeout: patient, Sleep: "constant:0s"}, limits{}, patient)
	}()
	_, _ = openRemote(context.Background(), child.Command{Args: []string{"sh", "-c", `echo $$ >>"$` + pidFile + `"; exec sleep 1000`}, Log: filepath.Join(dir, "b"), Death: child.KillOnDeath}, worker.Job{Strategy: "x", Tasks: 1, Timeout: patient}, limits{}, patient)
	os.Exit(1)
}
