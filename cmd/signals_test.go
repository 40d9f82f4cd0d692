package cmd

import (
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestASignalThatIsRepeatedAtOnceIsOne(t *testing.T) {
	for _, c := range []struct {
		pauses []time.Duration // before each further signal
		second bool
	}{
		{nil, false},
		{[]time.Duration{0, 499 * time.Millisecond}, false},
		{[]time.Duration{0, 501 * time.Millisecond}, true},
		{[]time.Duration{time.Hour}, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			signals := make(chan os.Signal)
			var first, second int
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				interruptions(signals, func() { first++ }, func() { second++ })
			}()
			signals <- os.Interrupt
			for _, pause := range c.pauses {
				time.Sleep(pause)
				signals <- os.Interrupt
			}
			synctest.Wait()
			if !c.second {
				close(signals)
			}
			<-ended
			if first != 1 || second == 1 != c.second {
				t.Errorf("%v: %d first signals, %d second", c.pauses, first, second)
			}
		})
	}
}
