package scenario

import (
	"testing"
	"time"
)

func TestPromise(t *testing.T) {
	for text, want := range map[string]Promise{
		"p99<=250ms":      {0.99, 250 * time.Millisecond},
		" p99.9 <= 1s ":   {0.999, time.Second},
		"median <= 20ms":  {0.5, 20 * time.Millisecond},
		"goodput>=99%":    {0.99, 0},
		"goodput >= 0.95": {0.95, 0},
	} {
		p, err := ParsePromise(text)
		if err != nil || p != want {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
		if again, err := ParsePromise(p.String()); err != nil || again != p {
			t.Errorf("%q is written as %q, which is read as %+v, %v", text, p, again, err)
		}
	}
	for _, text := range []string{"", "p99", "p99<250ms", "p100<=1s", "p0<=1s", "p99<=-1s", "p99<=fast", "p99>=1s", "goodput<=99%", "goodput>=100%", "goodput>=1s", "max<=1s"} {
		if p, err := ParsePromise(text); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
	if s := (Promise{}).String(); s != "" {
		t.Errorf("no promise is %q", s)
	}
}
