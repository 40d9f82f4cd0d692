package suggest

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"sequential", "goroutine-per-task", "fixed-pool", "errgroup"}
	for name, want := range map[string]string{
		"errgruop":      "errgroup",
		"Sequental":     "sequential",
		"fixedpool":     "fixed-pool",
		"goroutine-per": "goroutine-per-task",
		"semaphore":     "",
		"":              "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	got := Unknown("strategy", "errgruop", []string{"errgroup", "sequential"}).Error()
	want := `unknown strategy "errgruop"; did you mean "errgroup"? (known: errgroup, sequential)`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
