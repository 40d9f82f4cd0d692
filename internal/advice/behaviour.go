package advice

import (
	"github.com/fanbench/fanbench/strategies"
)

// Behaviour is what a strategy does when things go wrong, according to its declared traits.
// `go test ./strategies/all` and `fanbench semantics` check each of them.
type Behaviour struct {
	OnError  strategies.Reaction `json:"on_error"`
	Reports  strategies.Report   `json:"reports"`
	OnPanic  strategies.Reaction `json:"on_panic"`
	OnCancel strategies.Reaction `json:"on_cancel"`
	OnGoexit strategies.Reaction `json:"on_goexit"`
}

// behaviourOf returns nil for a strategy without declared traits.
func behaviourOf(s strategies.Spec) *Behaviour {
	t := s.Traits
	if t == (strategies.Traits{}) {
		return nil
	}
	return &Behaviour{t.OnError, t.Reports, t.OnPanic, t.OnCancel, t.OnGoexit}
}

// Sentences describes the behaviour, one line per kind of failure.
func (b *Behaviour) Sentences() []string {
	return []string{
		"a task returns an error: " + say(onError, b.OnError) + "; " + say(returned, b.Reports),
		"a task panics: " + say(onEnd, b.OnPanic),
		"the batch is cancelled: " + say(onCancel, b.OnCancel),
		"tasks call runtime.Goexit: " + say(onEnd, b.OnGoexit),
	}
}

// say returns the words for k, or k itself if there are none.
func say[K ~string](words map[K]string, k K) string {
	if text, ok := words[k]; ok {
		return text
	}
	return string(k)
}

var (
	onError = map[strategies.Reaction]string{
		strategies.RunsAll:      "all other tasks still run",
		strategies.StopsAtFirst: "tasks not yet started never start",
		strategies.CancelsRest:  "the context of the other tasks is cancelled",
	}
	returned = map[strategies.Report]string{
		strategies.ReportsAll:   "the caller gets every error",
		strategies.ReportsFirst: "the caller gets only the first error",
		strategies.ReportsNone:  "the caller gets no error",
	}
	onEnd = map[strategies.Reaction]string{
		strategies.Crashes:      "the process dies, unless the task recovers",
		strategies.PanicsInRun:  "the panic reaches the caller, who may recover",
		strategies.BecomesError: "the caller gets an error",
		strategies.Swallowed:    "the caller gets no error, and all other tasks run",
		strategies.LosesTasks:   "the caller gets no error, and other tasks may never start",
		strategies.EndsCaller:   "the caller's goroutine ends, too",
		strategies.Hangs:        "the caller waits forever",
	}
	onCancel = map[strategies.Reaction]string{
		strategies.StopsStarting: "tasks not yet started never start",
		strategies.IgnoresCancel: "every task still starts, so tasks must check their context",
	}
)
