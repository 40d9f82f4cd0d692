package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

func TestASlowTrialIsToldFromOneThatHangs(t *testing.T) {
	const s = int64(time.Second)
	done := func(start, end int64) strategies.Record {
		return strategies.Record{Start: start, End: end, Runs: 1, Outcome: strategies.OK}
	}
	running := func(start int64) strategies.Record { return strategies.Record{Start: start, Runs: 1} }
	for name, tc := range map[string]struct {
		records []strategies.Record
		want    results.Status
		text    string
	}{
		"tasks ended to the last":         {[]strategies.Record{done(0, 9*s), done(0, 29*s+s/2), running(0)}, results.StatusOutOfTime, "while it still made progress: a task started or ended 500ms before, and they took up to 29.5s"},
		"long tasks, one after the other": {[]strategies.Record{done(0, 12*s), done(12*s, 24*s), running(24 * s), {}}, results.StatusOutOfTime, "6s before"},
		"a task too many":                 {[]strategies.Record{done(0, 2*s), done(2*s, 4*s), running(4 * s), {}}, results.StatusHang, "no task had started or ended for 26s, and 1 were running"},
		"all done, and it did not return": {[]strategies.Record{done(0, s/1000), done(0, s/500)}, results.StatusHang, "no task had started or ended for 29.998s, and 0 were running"},
		"short tasks, then a standstill":  {[]strategies.Record{done(28*s, 28*s+s/500), {}}, results.StatusHang, "for 1.998s"},
		"none ended":                      {[]strategies.Record{running(s), running(29 * s)}, results.StatusHang, "2 tasks had started, the last 1s before, and none had ended"},
		"none started":                    {[]strategies.Record{{}, {}}, results.StatusHang, "no task had started"},
		"no records":                      {nil, results.StatusHang, "no task had started"},
		"a clock that began later":        {[]strategies.Record{done(0, 31*s)}, results.StatusOutOfTime, "0s before"},
	} {
		e := &overdueError{after: 30 * time.Second, signs: readSigns(tc.records, 30*time.Second)}
		if e.status() != tc.want || !strings.Contains(e.Error(), tc.text) || !strings.HasPrefix(e.Error(), "the trial did not end within 30s and was killed") {
			t.Errorf("%s: %s: %s", name, e.status(), e)
		}
	}
}
