package mockserver

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
)

func TestArrivalsAreLogged(t *testing.T) {
	eachEngine(t, func(t *testing.T, engine config.Engine) {
		s := start(t, config.Config{Engine: engine})
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		get := func(n int) {
			for i := range n {
				res, err := client.Get(fmt.Sprintf("%s/?task=%d", s.URL(), i))
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		}
		get(1)
		if got := s.Arrivals(); len(got) != 0 {
			t.Errorf("logged before it was asked for: %v", got)
		}
		s.LogArrivals(3)
		before := time.Now().UnixNano()
		get(4)
		after := time.Now().UnixNano()
		got := s.Arrivals()
		if len(got) != 3 {
			t.Fatalf("%d arrivals, want the first 3 of 4", len(got))
		}
		for i, a := range got {
			// The wall clock may be set meanwhile, but hardly by an hour.
			if slack := int64(time.Hour); a.At < before-slack || a.At > after+slack || a.Connection != got[0].Connection {
				t.Errorf("arrival %d is %+v; sent from %d to %d on one connection", i, a, before, after)
			}
		}
		if s.LogArrivals(2); len(s.Arrivals()) != 0 {
			t.Error("a new log is not empty")
		}
		s.LogArrivals(0)
		if get(1); s.Arrivals() != nil {
			t.Error("logged after the log's end")
		}
	})
}
