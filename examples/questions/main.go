// Command questions is fanbench with functions that answer questions about large fan-outs: what
// the idle connections of Go's HTTP client cost, and what names cost. docs/choosing.md has the
// answers. QUESTIONS names the server, such as 127.0.0.1:8098.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/cmd"
)

func main() {
	// In every process: workers are this program too.
	scenario.RegisterFunc("default-client", get(new(http.Transport), address))
	scenario.RegisterFunc("tuned-client", get(&http.Transport{MaxIdleConnsPerHost: 1000}, address))
	scenario.RegisterFunc("default-client-by-name", get(byName(new(http.Transport)), name))
	scenario.RegisterFunc("tuned-client-by-name", get(byName(&http.Transport{MaxIdleConnsPerHost: 1000}), name))
	os.Exit(cmd.Main())
}

func address() string { return os.Getenv("QUESTIONS") }

// name is the same server by a name that only our DNS server knows.
func name() string {
	_, port, _ := net.SplitHostPort(address())
	return "server.test:" + port
}

// get fetches from a host by a client that all tasks share.
func get(t *http.Transport, host func() string) scenario.Func {
	client := &http.Client{Transport: t}
	return func(ctx context.Context, round, task int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/?round=%d&task=%d", host(), round, task), nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
}

// byName looks names up at a DNS server of this process.
func byName(t *http.Transport) *http.Transport {
	server := sync.OnceValue(serveNames)
	t.DialContext = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server())
	}}}).DialContext
	return t
}

// lookup is how long our DNS server takes, as one elsewhere would.
const lookup = 10 * time.Millisecond

// serveNames answers every question for an IPv4 address with 127.0.0.1, and others with
// nothing (RFC 1035, 4.1).
func serveNames() string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			query := make([]byte, 512)
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			time.AfterFunc(lookup, func() { _, _ = conn.WriteTo(answer(query[:n]), from) })
		}
	}()
	return conn.LocalAddr().String()
}

// answer is the answer to a query of one question.
func answer(query []byte) []byte {
	const header = 12
	end := header
	for end < len(query) && query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the zero, type and class
	if end > len(query) {
		return nil
	}
	out := append([]byte{}, query[:end]...)
	out[2], out[3] = 0x81, 0x80                   // a response, without error
	copy(out[6:header], []byte{0, 0, 0, 0, 0, 0}) // no answers
	if kind := out[end-3]; kind == 1 {
		out[7] = 1
		out = append(out, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return out
}
