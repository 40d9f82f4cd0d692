package results

import "testing"

func TestTheBaselineStandsFirst(t *testing.T) {
	type line struct {
		scenario string
		round    int
		text     string
	}
	for name, c := range map[string]struct {
		lines []line
		want  string
	}{
		"the baseline is last in its round":     {[]line{{"s", 1, "b"}, {"s", 1, "c"}, {"s", 1, "A"}, {"s", 2, "c"}, {"s", 2, "A"}}, "AbccA"},
		"the baseline is first":                 {[]line{{"s", 1, "A"}, {"s", 1, "b"}, {"s", 2, "b"}}, "Abb"},
		"the baseline has no line in its round": {[]line{{"s", 1, "b"}, {"s", 1, "c"}, {"s", 2, "b"}, {"s", 2, "A"}}, "bcbA"},
		"another scenario begins":               {[]line{{"s", 1, "b"}, {"t", 1, "c"}, {"t", 1, "A"}}, "bAc"},
		"the run ends before the baseline's":    {[]line{{"s", 1, "b"}, {"s", 1, "c"}}, "bc"},
		"the first round with lines is not 1":   {[]line{{"s", 3, "b"}, {"s", 3, "A"}, {"s", 4, "b"}}, "Abb"},
	} {
		var q benchQueue
		got := ""
		for _, l := range c.lines {
			got += string(q.add(Trial{Scenario: l.scenario, Round: l.round}, l.text == "A", []byte(l.text)))
		}
		if got += string(q.rest()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
