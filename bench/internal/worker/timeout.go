package worker

import (
	"context"
	"fmt"
	"time"
)

// timeoutError is the error of a task that exceeded its timeout. It is a
// context.DeadlineExceeded.
type timeoutError struct {
	what  string // that did not happen: "no answer"
	after time.Duration
}

func (e *timeoutError) Error() string { return fmt.Sprintf("%s within %v", e.what, e.after) }

func (e *timeoutError) Unwrap() error { return context.DeadlineExceeded }

// notDone is the timeout error of a task that is not a request.
func notDone(after time.Duration) error { return &timeoutError{"not done", after} }
