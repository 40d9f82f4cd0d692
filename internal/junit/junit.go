// Package junit writes results as JUnit XML, which Jenkins, GitLab and other continuous integration
// systems show as tests. It imports nothing of the project.
// Begin with Write.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
)

// Suite is a group of cases. Write counts them.
type Suite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Cases    []Case   `xml:"testcase"`
}

// Case is one result. It passes unless it has a Failure, an Error or is Skipped.
type Case struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Seconds string   `xml:"time,attr,omitempty"`
	Failure *Message `xml:"failure"`
	Error   *Message `xml:"error"`
	Skipped *Message `xml:"skipped"`
	Output  string   `xml:"system-out,omitempty"`
}

// Message is the reason why a case does not pass.
type Message struct {
	Text string `xml:"message,attr"`
}

// Because returns a message with this text.
func Because(text string) *Message { return &Message{text} }

// Write writes the suites under a name. It returns the first error of w.
func Write(w io.Writer, name string, suites []Suite) error {
	for i := range suites {
		suites[i].count()
	}
	text, err := xml.MarshalIndent(struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		Suites  []Suite
	}{Name: name, Suites: suites}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing JUnit XML: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func (s *Suite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
}
