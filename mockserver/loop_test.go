package mockserver

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

func TestLargeBodies(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		const size = 32 << 20
		s := start(t, config.Config{Engine: e})
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
