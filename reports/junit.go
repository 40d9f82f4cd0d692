package reports

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// junit.xml: a suite a scenario, a case a strategy, whose time is its median makespan.
// A strategy that crashed, hung or lost work has failed, and so has an assertion that
// does not hold; one of which the data cannot tell is an error; and a run that is not complete and
// valid is an error of its own case.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"` // seconds
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
	}
)

func junit(s *summary.Run) ([]byte, error) {
	all := junitSuites{Name: "fanbench " + s.Run}
	validity := junitSuite{Name: "run", Tests: 1, Cases: []junitCase{{Class: "run", Name: "complete and valid", Time: "0"}}}
	if s.Status != results.RunComplete {
		validity.Errors = 1
		validity.Cases[0].Error = &junitMessage{strings.Join(append([]string{s.StatusLine()}, s.StatusList()...), "\n")}
	}
	all.Suites = append(all.Suites, validity)
	for _, sc := range s.Scenarios {
		suite := junitSuite{Name: sc.Name, Tests: len(sc.Strategies)}
		for _, st := range sc.Strategies {
			c := junitCase{Class: sc.Name, Name: st.Strategy, Time: "0"}
			if st.Makespan != nil {
				c.Time = strconv.FormatFloat(st.Makespan.Median, 'f', -1, 64)
				c.Out = fmt.Sprintf("makespan %s; x baseline %s; %s", quantity.Seconds(st.Makespan.Median), quantity.Ratio(st.VsBaseline), standing(sc, st, quantity.Verdict))
			}
			if st.Failure != "" {
				suite.Failures++
				c.Failure = &junitMessage{fmt.Sprintf("%s: %s", st.Failure, st.Trouble)}
			}
			suite.Cases = append(suite.Cases, c)
		}
		for _, a := range sc.Assertions {
			c := junitCase{Class: sc.Name + ".assert", Name: a.Text, Time: "0", Out: fmt.Sprintf("%s: %s: %s", a.Outcome, a.Strategy, a.Why)}
			switch a.Outcome {
			case summary.AssertionFails:
				suite.Failures++
				c.Failure = &junitMessage{c.Out}
			case summary.AssertionOpen:
				suite.Errors++
				c.Error = &junitMessage{c.Out}
			}
			suite.Tests++
			suite.Cases = append(suite.Cases, c)
		}
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing JUnit XML: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}
