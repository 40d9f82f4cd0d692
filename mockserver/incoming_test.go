package mockserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

// conversations are what clients send, good and bad, each up to the end of its
// connection, and the statuses of the answers. nethttp is net/http's where it is of
// another opinion.
var conversations = []struct {
	name, sent    string
	want, nethttp []int
}{
	{"plain", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []int{200}, nil},
	{"two", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []int{200, 200}, nil},
	{"nothing after close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", []int{200}, nil},
	{"body", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n", []int{200, 200}, nil},
	{"chunks", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n00A \r\n0123456789\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.0\r\n\r\n", []int{200, 200}, nil},
	{"bare line feeds", "GET / HTTP/1.1\nHost: a\nConnection: x, CLOSE\n\n", []int{200}, nil},
	{"odd method", "M-SEARCH / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []int{200}, nil},
	{"same length twice", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", []int{200}, nil},

	{"garbage", "garbage\r\n\r\n", []int{400}, nil},
	{"garbage behind a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n\x00\x01\x02\r\n\r\n", []int{200, 400}, nil},
	{"no version", "GET /\r\n\r\n", []int{400}, nil},
	{"no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"bad version", "GET / HTTP/1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"version 3", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", []int{505}, nil},
	{"bad method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"relative target", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"bad escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"no host", "GET / HTTP/1.1\r\n\r\n", []int{400}, nil},
	{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", []int{400}, nil},
	{"host with a port", "GET / HTTP/1.1\r\nHost: a.b-c_d:80\r\nConnection: close\r\n\r\n", []int{200}, nil},
	{"IPv6 host", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]:80\r\nConnection: close\r\n\r\n", []int{200}, nil},
	{"user in the host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", []int{400}, nil},
	{"user in the target", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", []int{400}, []int{200}},
	{"port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\nConnection: close\r\n\r\n", []int{400}, []int{200}},
	{"two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\nConnection: close\r\n\r\n", []int{400}, []int{200}},
	{"open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n", []int{400}, []int{200}},
	{"bad host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", []int{400}, nil},
	{"header without colon", "GET / HTTP/1.1\r\nHost: a\r\nx\r\n\r\n", []int{400}, nil},
	{"space before colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n", []int{400}, nil},
	{"control character", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", []int{400}, nil},
	{"two lengths", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", []int{400}, nil},
	{"signed length", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", []int{400}, nil},
	{"unknown encoding", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", []int{501}, nil},
	{"unknown expectation", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\nConnection: close\r\n\r\na", []int{417}, nil},

	// Where readers have disagreed, requests have been smuggled: these are refused.
	{"length and chunks", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", []int{400}, []int{200}},
	{"chunks in HTTP/1.0", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}, []int{200}},
	{"folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nConnection: close\r\n\r\n", []int{400}, []int{200}},
	// net/http hands these to the handler, or tells only it.
	{"proxy", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []int{501}, []int{200}},
	{"bad chunk size", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", []int{400}, []int{200}},
	{"chunk too long", "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", []int{400}, []int{200}},
	// Tolerated as RFC 9112, 2.2 advises.
	{"empty lines before", "\r\n\nGET / HTTP/1.0\r\n\r\n", []int{200}, []int{400}},
}

// TestTheLoopIsLikeNetHTTP holds the same conversations with both and compares.
func TestTheLoopIsLikeNetHTTP(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	ours := start(t, config.Config{Engine: config.EngineLoop})
	theirs := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	theirs.Config.ErrorLog = quiet
	theirs.Start()
	defer theirs.Close()
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			if c.nethttp == nil {
				c.nethttp = c.want
			}
			for _, s := range []struct {
				name, url string
				want      []int
			}{{"ours", ours.URL(), c.want}, {"net/http", theirs.URL, c.nethttp}} {
				if got := converse(t, strings.TrimPrefix(s.url, "http://"), c.sent); !slices.Equal(got, s.want) {
					t.Errorf("%s: got %v, want %v", s.name, got, s.want)
				}
			}
		})
	}
}

// converse sends bytes and returns the statuses of the answers until the server
// closes the connection.
func converse(t *testing.T, addr, sent string) (statuses []int) {
	t.Helper()
	conn, r := dialAddr(t, addr)
	write(t, conn, sent)
	for {
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			if err != io.ErrUnexpectedEOF && !isReset(err) {
				t.Errorf("instead of an answer: %v", err)
			}
			return statuses
		}
		if _, err := io.Copy(io.Discard, a.Body); err != nil && !isReset(err) {
			t.Errorf("in the body of an answer: %v", err)
		}
		statuses = append(statuses, a.StatusCode)
	}
}

// heard is what a reader made of a connection's bytes, one line a request.
func heard(b []byte, pieces func(left int) int) (all []string) {
	var in incoming
	var h head
	limits := config.Limits{HeaderBytes: 1 << 10, BodyBytes: 1 << 20}
	var buffer []byte
	for {
		n, ok, err := in.next(buffer, &h, &limits)
		buffer = buffer[n:]
		switch {
		case err != nil:
			return append(all, fmt.Sprint(err.status, " ", err.text))
		case ok:
			all = append(all, fmt.Sprintf("%q %q head %v close %v", h.path, h.query, h.head, h.close))
			if h.close {
				return all
			}
		case len(b) == 0:
			return all
		default:
			piece := pieces(len(b))
			// A new buffer each time: nothing may depend on the old one.
			buffer = append(bytes.Clone(buffer), b[:piece]...)
			b = b[piece:]
		}
	}
}

// FuzzIncoming checks that cutting a connection's bytes into pieces changes nothing,
// and that what is taken for requests net/http takes for the same requests.
func FuzzIncoming(f *testing.F) {
	for i, c := range conversations {
		f.Add([]byte(c.sent), uint64(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		whole := heard(b, func(left int) int { return left })
		rng := rand.New(rand.NewPCG(seed, 0))
		if cut := heard(b, func(left int) int { return 1 + rng.IntN(min(left, 7)) }); !slices.Equal(whole, cut) {
			t.Fatalf("in one piece:\n%q\nin several:\n%q", whole, cut)
		}
		r := bufio.NewReader(bytes.NewReader(bytes.TrimLeft(b, "\r\n")))
		for i, line := range whole {
			if i == len(whole)-1 && isDigit(line[0]) {
				return // refused, and strictness is allowed
			}
			skipEmptyLines(r)
			theirs, err := http.ReadRequest(r)
			if err != nil {
				t.Fatalf("request %d is %s, net/http says %v", i, line, err)
			}
			if _, err := io.Copy(io.Discard, theirs.Body); err != nil {
				t.Fatalf("request %d is %s, net/http says of its body %v", i, line, err)
			}
			want := fmt.Sprintf("%q %q head %v close %v", theirs.URL.Path, theirs.URL.RawQuery, theirs.Method == "HEAD", theirs.Close)
			if line != want {
				t.Fatalf("request %d is %s, net/http says %s", i, line, want)
			}
		}
	})
}

func skipEmptyLines(r *bufio.Reader) {
	for {
		b, err := r.Peek(1)
		if err != nil || b[0] != '\r' && b[0] != '\n' {
			return
		}
		r.Discard(1)
	}
}

func TestDribbledHeadsAreNotReadAgainAndAgain(t *testing.T) {
	var in incoming
	var h head
	limits := config.DefaultLimits
	b := []byte("GET / HTTP/1.1\r\nX: ")
	for len(b) < 60<<10 {
		b = append(b, 'x')
		if n, ok, err := in.next(b, &h, &limits); n != 0 || ok || err != nil {
			t.Fatal(n, ok, err)
		}
		if in.scanned < len(b)-2 {
			t.Fatalf("of %d bytes only %d are known not to hold the end", len(b), in.scanned)
		}
	}
}

func BenchmarkHead(b *testing.B) {
	text := []byte("GET /?round=3&task=17 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: fanbench\r\nAccept-Encoding: gzip\r\n\r\n")
	var in incoming
	var h head
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := in.next(text, &h, &config.DefaultLimits); !ok || err != nil {
			b.Fatal(err)
		}
	}
}
