package reports

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/junit"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// junitXML is junit.xml: a suite for each scenario and a case for each strategy, with the
// median makespan as its time. A strategy that crashed, hung or lost work is a failure, and
// so is a failed assertion. An inconclusive assertion is an error. A run that is not complete
// and valid is an error with its own case.
func junitXML(s *summary.Run) ([]byte, error) {
	validity := junit.Case{Class: "run", Name: "complete and valid", Seconds: "0"}
	if s.Status != results.RunComplete {
		validity.Error = junit.Because(strings.Join(append([]string{s.StatusLine()}, s.StatusList()...), "\n"))
	}
	suites := []junit.Suite{{Name: "run", Cases: []junit.Case{validity}}}
	for _, sc := range s.Scenarios {
		suite := junit.Suite{Name: sc.Name}
		for _, st := range sc.Strategies {
			c := junit.Case{Class: sc.Name, Name: st.Strategy, Seconds: "0"}
			if st.Makespan != nil {
				c.Seconds = strconv.FormatFloat(st.Makespan.Median, 'f', -1, 64)
				c.Output = fmt.Sprintf("%s %s; x baseline %s; %s", sc.Metric, quantity.Seconds(st.Makespan.Median), quantity.Ratio(st.VsBaseline), standing(sc, st, quantity.Verdict))
			}
			if st.Failure != "" {
				c.Failure = junit.Because(fmt.Sprintf("%s: %s", st.Failure, st.Trouble))
			}
			suite.Cases = append(suite.Cases, c)
		}
		for _, a := range sc.Assertions {
			c := junit.Case{Class: sc.Name + ".assert", Name: a.Text, Seconds: "0", Output: fmt.Sprintf("%s: %s: %s", a.Outcome, a.Strategy, a.Why)}
			switch a.Outcome {
			case summary.AssertionFails:
				c.Failure = junit.Because(c.Output)
			case summary.AssertionOpen:
				c.Error = junit.Because(c.Output)
			}
			suite.Cases = append(suite.Cases, c)
		}
		suites = append(suites, suite)
	}
	var out bytes.Buffer
	err := junit.Write(&out, "fanbench "+s.Run, suites)
	return out.Bytes(), err
}
