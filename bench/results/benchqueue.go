package results

// benchQueue writes the baseline's line first in bench.txt, for each scenario, because
// benchstat compares with what it reads first. The lines of a scenario's first round wait
// for it. If the baseline has none, they wait until the next round.
type benchQueue struct {
	scenario string
	round    int    // the first of the scenario that has a line
	open     bool   // lines no longer wait
	waiting  []byte //
}

// add adds the next line and returns the lines to write now.
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

// rest returns the waiting lines.
func (q *benchQueue) rest() []byte {
	lines := q.waiting
	q.waiting = nil
	return lines
}
