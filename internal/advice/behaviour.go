package advice

import (
	"github.com/fanbench/fanbench/strategies"
)

// Behaviour is what a strategy does when things go wrong, by the traits that it declares.
// `go test ./strategies/all` makes every one of them happen, and so does `fanbench
// semantics`.
type Behaviour struct {
	OnError  strategies.Reaction `json:"on_error"`
	Reports  strategies.Report   `json:"reports"`
	OnPanic  strategies.Reaction `json:"on_panic"`
	OnCancel strategies.Reaction `json:"on_cancel"`
	OnGoexit strategies.Reaction `json:"on_goexit"`
}

// behaviourOf is nil for a strategy that declares nothing.
func behaviourOf(s strategies.Spec) *Behaviour {
	t := s.Traits
	if t == (strategies.Traits{}) {
		return nil
	}
	return &Behaviour{t.OnError, t.Reports, t.OnPanic, t.OnCancel, t.OnGoexit}
}

// Sentences say it in words, a line a mishap.
func (b *Behaviour) Sentences() []string {
	return []string{
		"a task returns an error: " + say(onError, b.OnError) + "; " + say(returned, b.Reports),
		"a task panics: " + say(onEnd, b.OnPanic),
		"the batch is cancelled: " + say(onCancel, b.OnCancel),
		"tasks call runtime.Goexit: " + say(onEnd, b.OnGoexit),
	}
}

// say falls back on the word itself.
func say[K ~string](words map[K]string, k K) string {
	if text, ok := words[k]; ok {
		return text
	}
	return string(k)
}

var (
	onError = map[strategies.Reaction]string{
		strategies.RunsAll:      "all others run all the same",
		strategies.StopsAtFirst: "those not yet started never are",
		strategies.CancelsRest:  "the others are given a cancelled context",
	}
	returned = map[strategies.Report]string{
		strategies.ReportsAll:   "the caller is given every error",
		strategies.ReportsFirst: "the caller is given the first error only",
		strategies.ReportsNone:  "the caller is given none",
	}
	onEnd = map[strategies.Reaction]string{
		strategies.Crashes:      "the process dies, unless the task recovers",
		strategies.PanicsInRun:  "the panic reaches the caller, who may recover",
		strategies.BecomesError: "the caller is given an error",
		strategies.Swallowed:    "the caller is told nothing, and all other tasks run",
		strategies.LosesTasks:   "the caller is told nothing, and other tasks may never start",
		strategies.EndsCaller:   "the caller's goroutine ends, too",
		strategies.Hangs:        "the caller waits for ever",
	}
	onCancel = map[strategies.Reaction]string{
		strategies.StopsStarting: "those not yet started never are",
		strategies.IgnoresCancel: "every task is still begun, so tasks must heed their context",
	}
)
