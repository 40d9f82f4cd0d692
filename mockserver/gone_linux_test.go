package mockserver

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
)

// A client that closes behind more requests than the loop takes at once is gone all the
// same: nobody waits for answers that nobody reads.
func TestAClientThatIsGoneDelaysNoShutdown(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported()) // net/http does not look at a client behind a pipeline
	}
	s, err := Start(config.Config{Engine: config.EngineLoop})
	if err != nil {
		t.Fatal(err)
	}
	const clients = 50
	for range clients {
		conn, _ := dial(t, s)
		write(t, conn, strings.Repeat("GET /?delay=1h HTTP/1.1\r\nHost: a\r\n\r\n", 2*pipelineMost))
		conn.Close()
	}
	eventually(t, "all clients have come", func() bool { return s.Counters().Connections == clients })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if c := s.Counters(); c.Aborted != c.Requests || c.Requests < clients || c.Open != 0 {
		t.Errorf("afterwards: %+v", c)
	}
}
