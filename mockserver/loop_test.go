package mockserver

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
)

type item struct {
	at    int64
	place int32
}

func (i *item) moved(place int32) { i.place = place }

func TestDeadlines(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var heap deadlines[*item]
	var model []*item
	for range 20_000 {
		switch {
		case rng.IntN(3) > 0 && len(model) < 500:
			i := &item{at: rng.Int64N(1000)}
			heap.push(i.at, i)
			model = append(model, i)
		case len(model) > 0 && rng.IntN(2) == 0: // any
			n := rng.IntN(len(model))
			heap.remove(model[n].place)
			if model[n].place != -1 {
				t.Fatal("what was taken out still has a place")
			}
			model = slices.Delete(model, n, n+1)
		case len(model) > 0: // the first
			i := heap[0].item
			heap.remove(0)
			model = slices.DeleteFunc(model, func(m *item) bool { return m == i })
		}
		least := noDeadline
		for _, i := range model {
			least = min(least, i.at)
			if heap[i.place].item != i {
				t.Fatal("an item is not where it was told it is")
			}
		}
		if heap.first() != least || len(heap) != len(model) {
			t.Fatalf("first is %d of %d, want %d of %d", heap.first(), len(heap), least, len(model))
		}
	}
}

func TestLargeBodies(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		const size = 32 << 20
		s := start(t, Config{Engine: e})
		c := client(t)
		r, err := c.Get(fmt.Sprintf("%s/?size=%d", s.URL(), size))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		line := make([]byte, len(filler))
		for got := 0; got < size; got += len(line) {
			if _, err := io.ReadFull(r.Body, line); err != nil || string(line) != string(filler) {
				t.Fatalf("after %d bytes: %v, or other bytes", got, err)
			}
		}
		up, err := c.Post(s.URL(), "text/plain", strings.NewReader(strings.Repeat("x", size)))
		if err != nil || up.StatusCode != http.StatusOK {
			t.Fatalf("got %v, %v", up, err)
		}
		up.Body.Close()
	})
}
