package junit

import (
	"encoding/xml"
	"strings"
	"testing"
)

func TestWriteCountsTheCases(t *testing.T) {
	var b strings.Builder
	err := Write(&b, "all", []Suite{{Name: "one", Cases: []Case{
		{Class: "c", Name: "fails", Failure: Because("a < b")},
		{Class: "c", Name: "cannot tell", Error: Because("why")},
		{Class: "c", Name: "left out", Skipped: Because("why")},
		{Class: "c", Name: "passes", Seconds: "1.5", Output: "well"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Suites []Suite `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &read); err != nil {
		t.Fatal(err)
	}
	s := read.Suites[0]
	if s.Tests != 4 || s.Failures != 1 || s.Errors != 1 || s.Skipped != 1 || s.Cases[0].Failure.Text != "a < b" || s.Cases[3].Seconds != "1.5" {
		t.Errorf("%+v\n%s", s, b.String())
	}
}
