package results

// benchQueue puts the line of the baseline first in bench.txt, of each scenario: benchstat
// compares with what it reads first. The lines of a scenario's first round wait for it. If
// the baseline has none, they wait until the next round.
type benchQueue struct {
	scenario string
	round    int    // the first of the scenario that has a line
	open     bool   // lines no longer wait
	waiting  []byte //
}

// add takes the next line and returns what is to be written now.
func (q *benchQueue) add(t Trial, baseline bool, line []byte) (now []byte) {
	if t.Scenario != q.scenario {
		now = q.rest()
		*q = benchQueue{scenario: t.Scenario, round: t.Round}
	}
	switch {
	case q.open:
		return append(now, line...)
	case baseline:
		q.open = true
		return append(append(now, line...), q.rest()...)
	case t.Round != q.round:
		q.open = true
		return append(append(now, q.rest()...), line...)
	}
	q.waiting = append(q.waiting, line...)
	return now
}

// rest returns the lines that wait, which are not to wait any longer.
func (q *benchQueue) rest() []byte {
	lines := q.waiting
	q.waiting = nil
	return lines
}
