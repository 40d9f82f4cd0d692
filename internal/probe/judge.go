package probe

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/strategies"
)

// Found is what a strategy does, by what was seen of each probe. Adaptive alone cannot
// be seen, and is taken from what is declared.
func Found(seen map[string][]Observation, declared strategies.Traits) strategies.Traits {
	return strategies.Traits{
		KeepsOrder:   keepsOrder(last(seen[Order])),
		Adaptive:     declared.Adaptive,
		ReturnsEarly: last(seen[Error]).Running+last(seen[Cancel]).Running+last(seen[SlowTasks]).Running > 0,
		Reports:      reports(last(seen[Error])),
		OnError:      onError(last(seen[Error])),
		OnCancel:     onCancel(last(seen[Cancel])),
		OnGoexit:     OnEnd(last(seen[Goexit])),
		OnPanic:      OnEnd(last(seen[Panic])),
		Concurrent:   concurrent(last(seen[Together]), declared),
		Rejects:      last(seen[Together]).Rejected > 0,
	}
}

// Mismatches says, a line a trait, where what was found is not what is declared.
func Mismatches(declared, found strategies.Traits) (lines []string) {
	compare := func(trait string, declared, found any) {
		if declared != found {
			lines = append(lines, fmt.Sprintf("%s: declared %v, found %v", trait, declared, found))
		}
	}
	compare("KeepsOrder", declared.KeepsOrder, found.KeepsOrder)
	compare("ReturnsEarly", declared.ReturnsEarly, found.ReturnsEarly)
	compare("Reports", declared.Reports, found.Reports)
	compare("OnError", declared.OnError, found.OnError)
	compare("OnCancel", declared.OnCancel, found.OnCancel)
	compare("OnGoexit", declared.OnGoexit, found.OnGoexit)
	compare("OnPanic", declared.OnPanic, found.OnPanic)
	compare("Concurrent", declared.Concurrent, found.Concurrent)
	compare("Rejects", declared.Rejects, found.Rejects)
	return lines
}

func last(seen []Observation) Observation {
	if len(seen) == 0 {
		return Observation{}
	}
	return seen[len(seen)-1]
}

// concurrent judges batches that overlapped: a task that ran twice, or a Run that hung or
// returned another batch's errors, shows that Run may not be called concurrently. So does a
// task that never started, unless its batch was rejected or stops at its own error. A
// strategy that declares nothing is taken at its word: one test cannot show that it is safe.
func concurrent(o Observation, declared strategies.Traits) bool {
	excused := o.Rejected > 0 || declared.OnError == strategies.StopsAtFirst
	return declared.Concurrent && o.End == Returned && o.Twice == 0 && o.Foreign == 0 && (o.NeverStarted == 0 || excused)
}

// ScopeOf judges what a limit covers, by batches that overlapped. A limit that moves is
// taken at its word: it may be far below its ceiling.
func ScopeOf(c strategies.Choice, o Observation) strategies.Scope {
	switch {
	case c.Spec.Traits.Adaptive:
		return c.Scope()
	case o.Peak >= o.Tasks:
		return strategies.NoLimit
	case o.InAll > c.Width(o.Tasks):
		if c.Spec.InAll != nil && o.InAll <= c.Spec.InAll(c.Params) {
			return strategies.PerProcess
		}
		return strategies.PerBatch
	}
	return strategies.PerProcess
}

// keepsOrder judges by the errors that Run returned, if it returned every task's;
// else by the order in which tasks ended.
func keepsOrder(o Observation) bool {
	if len(o.Reported) == o.Tasks {
		return slices.IsSorted(o.Reported)
	}
	return slices.IsSorted(o.Ended)
}

func reports(o Observation) strategies.Report {
	switch len(o.Reported) {
	case 0:
		return strategies.ReportsNone
	case 1:
		return strategies.ReportsFirst
	}
	return strategies.ReportsAll
}

func onError(o Observation) strategies.Reaction {
	switch {
	case o.End != Returned:
		return strategies.Reaction(o.End)
	case o.NeverStarted > 0:
		return strategies.StopsAtFirst
	case o.Canceled > 0:
		return strategies.CancelsRest
	}
	return strategies.RunsAll
}

func onCancel(o Observation) strategies.Reaction {
	switch {
	case o.End != Returned:
		return strategies.Reaction(o.End)
	case o.NeverStarted > 0:
		return strategies.StopsStarting
	}
	return strategies.IgnoresCancel
}

// OnEnd judges what became of a panic or Goexit.
func OnEnd(o Observation) strategies.Reaction {
	switch {
	case o.End != Returned:
		return strategies.Reaction(o.End)
	case o.Err != "":
		return strategies.BecomesError
	case o.NeverStarted > 0:
		return strategies.LosesTasks
	}
	return strategies.Swallowed
}
