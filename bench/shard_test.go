package bench

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

func TestParseShard(t *testing.T) {
	type env = map[string]string
	kubernetes := env{"JOB_COMPLETION_INDEX": "3", "FANBENCH_SHARDS": "8", "POD_NAME": "fan-3-x2k9p"}
	slurm := env{"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "4", "SLURM_ARRAY_TASK_COUNT": "8", "SLURM_JOB_ID": "91", "SLURM_RESTART_COUNT": "2"}
	with := func(e env, key, value string) env {
		e = maps.Clone(e)
		e[key] = value
		return e
	}
	for name, c := range map[string]struct {
		text      string
		env       env
		index, of int
		attempt   string // its beginning
		wrong     string // what the error has
	}{
		"written out":         {"2/8", nil, 2, 8, "", ""},
		"the only one":        {"0/1", nil, 0, 1, "", ""},
		"an Indexed Job":      {"auto", kubernetes, 3, 8, "fan-3-x2k9p-", ""},
		"an array":            {"auto", slurm, 3, 8, "slurm-91-2-", ""},
		"every second number": {"auto", with(slurm, "SLURM_ARRAY_TASK_STEP", "3"), 1, 8, "", ""},
		"a task of an array that is submitted again alone": {"auto", env{"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_COUNT": "1", "FANBENCH_SHARDS": "8"}, 5, 8, "", ""},
		"a strange pod":       {"0/2", env{"POD_NAME": "../a b"}, 0, 2, "a-b-", ""},
		"beyond the last":     {"8/8", nil, 0, 0, "", "there is no shard 8 of 8"},
		"below the first":     {"-1/8", nil, 0, 0, "", "there is no shard -1 of 8"},
		"none at all":         {"0/0", nil, 0, 0, "", "there is no shard 0 of 0"},
		"too many":            {"0/99999999", nil, 0, 0, "", "at most"},
		"no number":           {"a/8", nil, 0, 0, "", "is not a shard: write 0/8"},
		"no slash":            {"8", nil, 0, 0, "", "is not a shard"},
		"nowhere":             {"auto", env{}, 0, 0, "", "neither JOB_COMPLETION_INDEX"},
		"both":                {"auto", with(kubernetes, "SLURM_ARRAY_TASK_ID", "1"), 0, 0, "", "both"},
		"completions unknown": {"auto", env{"JOB_COMPLETION_INDEX": "3"}, 0, 0, "", "FANBENCH_SHARDS is missing"},
		"an index too far":    {"auto", with(kubernetes, "FANBENCH_SHARDS", "2"), 0, 0, "", "there is no shard 3 of 2"},
		"an index of letters": {"auto", with(kubernetes, "JOB_COMPLETION_INDEX", "x"), 0, 0, "", `JOB_COMPLETION_INDEX is "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ParseShard(c.text, func(key string) string { return c.env[key] })
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, want %q", err, c.wrong)
				}
				return
			}
			if err != nil || s.Index != c.index || s.Of != c.of || !strings.HasPrefix(s.Attempt, c.attempt) || len(s.Attempt) < 9 {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
	a, _ := ParseShard("0/2", func(string) string { return "" })
	b, _ := ParseShard("0/2", func(string) string { return "" })
	if a.Attempt == b.Attempt {
		t.Errorf("two attempts are both called %s", a.Attempt)
	}
}

func TestShardsAreThePartsOfThePlan(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Rounds, s.Measure.Warmup = 7, 2
	for _, of := range []int{1, 2, 3, 7} {
		seen := map[int]int{}
		for index := range of {
			shard := results.Shard{Index: index, Of: of, Attempt: "a"}
			run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Shard: shard}, fakes(nil))
			if err != nil {
				t.Fatal(err)
			}
			run = reopen(t, run) // its files are verified against its plan
			if run.Status != results.RunComplete || run.Shard != shard || run.Scenarios[0].Scenario.Measure.Rounds != 7 {
				t.Errorf("shard %v: %s %q, shard %+v", shard, run.Status, run.Reasons, run.Shard)
			}
			warmups := 0
			for _, tr := range run.Of("fake", "errgroup") {
				if tr.Warmup() {
					warmups++
					continue
				}
				seen[tr.Round]++
				if (tr.Round-1)%of != index {
					t.Errorf("shard %v has round %d", shard, tr.Round)
				}
			}
			if warmups != 2 || run.PlannedRounds("fake") != shard.Rounds(7) {
				t.Errorf("shard %v: %d warm-ups, %d rounds planned, %d expected", shard, warmups, run.PlannedRounds("fake"), shard.Rounds(7))
			}
		}
		if got := slices.Sorted(maps.Keys(seen)); len(got) != 7 || slices.Max(slices.Collect(maps.Values(seen))) != 1 {
			t.Errorf("%d shards have the rounds %v", of, seen)
		}
	}
}

func TestWhatShardsCannotDo(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Until, s.Measure.AutoWarmup = 0.02, true
	o := Options{Shard: results.Shard{Index: 0, Of: 50}}
	err := Check([]scenario.Scenario{s}, o)
	for _, want := range []string{"measure.until: shards do not know", "measure.warmup: auto depends", "measure.rounds: 6 rounds are too few for 50 shards"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	s.Measure.Until, s.Measure.AutoWarmup = 0, false
	o.Shard.Of = 6
	if err := Check([]scenario.Scenario{s}, o); err != nil {
		t.Error(err)
	}
}
