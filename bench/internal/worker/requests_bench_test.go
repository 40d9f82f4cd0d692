package worker

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

// BenchmarkRequest measures one request after the other on a kept connection, by each client. The
// server's own cost is the same for both, and its allocations count too.
func BenchmarkRequest(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }))
	defer server.Close()
	for _, client := range bothClients {
		b.Run(string(client), func(b *testing.B) {
			r, err := openRequests(Job{URL: server.URL, Tasks: 1, Width: 1, Timeout: patient, Client: client})
			if err != nil {
				b.Fatal(err)
			}
			defer r.close()
			r.prepare(1, 1, 0)
			b.ReportAllocs()
			for b.Loop() {
				if err := r.do(b.Context(), 0, new(strategies.Record)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
