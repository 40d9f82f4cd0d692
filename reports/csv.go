package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/reports/summary"
)

// summaryCSV has a row for each strategy of a scenario. Unknown figures are empty.
func summaryCSV(s *summary.Run) ([]byte, error) {
	head := []string{"scenario", "tasks", "trials", "comparable", "failure", "trouble", "tail_quantile"}
	for _, c := range csvColumns {
		head = append(head, c.key)
	}
	head = append(head, "ratio_low", "ratio_high", "p_adjusted", "more_rounds", "leads")
	rows := [][]string{head}
	for _, sc := range s.Scenarios {
		for _, st := range sc.Strategies {
			row := []string{
				sc.Name, strconv.Itoa(sc.Tasks), strconv.Itoa(st.Held), strconv.Itoa(st.Comparable), st.Failure, st.Trouble,
				strconv.FormatFloat(sc.TailQuantile, 'f', -1, 64),
			}
			for _, c := range csvColumns {
				switch {
				case c.key == verdictColumn.key:
					row = append(row, verdictWord(sc, st))
				case c.text:
					row = append(row, c.cell(sc, st))
				default:
					row = append(row, sortValue(c.value(sc, st)))
				}
			}
			var low, high, p, more string
			if c := st.VsBaseline; c != nil {
				low, high, p = sortValue(&c.Interval.Low), sortValue(&c.Interval.High), sortValue(&c.PAdjusted)
				if c.MoreRounds >= 0 {
					more = strconv.Itoa(c.MoreRounds)
				}
			}
			rows = append(rows, append(row, low, high, p, more, strconv.FormatBool(st.Leads)))
		}
	}
	return encodeCSV(rows)
}

// verdictWord is a strategy's verdict in one word: baseline, failed, faster, slower, same,
// undecided or too-few; "" if it could not be compared. Other columns have the reasons.
func verdictWord(sc *summary.Scenario, st *summary.Strategy) string {
	switch {
	case st.Failure != "":
		return "failed"
	case st.Strategy == sc.Baseline:
		return "baseline"
	case st.VsBaseline == nil:
		return ""
	}
	return string(st.VsBaseline.Verdict)
}

// trialsCSV has a row for each trial, in the order of execution. Times are in seconds.
func trialsCSV(run *results.Run) ([]byte, error) {
	head := []string{
		"scenario", "strategy", "seq", "round", "slot", "at_seconds", "status", "makespan_seconds", "bound_seconds", "efficiency",
		"done", "failed", "lost", "doubled",
	}
	figures := metric.All[1:] // without the time to construct the strategy, which belongs to no trial
	for _, m := range figures {
		head = append(head, m.Name())
	}
	rows := [][]string{head}
	seconds := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for _, t := range run.Trials {
		bound, efficiency := "", ""
		if t.Bound != nil {
			bound, efficiency = seconds(t.Bound.Lower.Seconds()), seconds(t.Efficiency())
		}
		row := []string{
			t.Scenario, t.Strategy, strconv.Itoa(t.Seq), strconv.Itoa(t.Round), strconv.Itoa(t.Slot), seconds(t.At.Seconds()),
			string(t.Status), seconds(t.Makespan.Seconds()), bound, efficiency,
			strconv.Itoa(t.Audit.Done), strconv.Itoa(t.Audit.Failed), strconv.Itoa(t.Audit.Lost), strconv.Itoa(t.Audit.Doubled),
		}
		for _, m := range figures {
			row = append(row, seconds(m.Value(t.Usage)))
		}
		rows = append(rows, row)
	}
	return encodeCSV(rows)
}

func encodeCSV(rows [][]string) ([]byte, error) {
	var out bytes.Buffer
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		return nil, fmt.Errorf("writing CSV: %w", err)
	}
	return out.Bytes(), nil
}
