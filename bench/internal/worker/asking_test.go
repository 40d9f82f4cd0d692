package worker

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// askOnce makes the request of a task, and returns its record and error.
func askOnce(t *testing.T, client scenario.Client, url string, task int, a Asking) (rec strategies.Record, err error) {
	t.Helper()
	j := Job{URL: url, Tasks: task + 1, Width: 1, Timeout: patient, Client: client, Request: filepath.Join(t.TempDir(), "request.json")}
	text, err := a.Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.Request, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := openRequests(j)
	if err != nil {
		return rec, err
	}
	defer r.close()
	r.prepare(2, j.Tasks, 0)
	return rec, r.do(t.Context(), task, &rec)
}

// The server sees what a request says: method, URL, headers, body, and who asks.
func TestRequestsAreWhatTheScenarioSays(t *testing.T) {
	seen := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		seen <- fmt.Sprintf("%s %s %s agent=%s type=%s tenant=%s auth=%s user=%s:%s %s", r.Method, r.Host, r.URL, r.UserAgent(), r.Header.Get("Content-Type"),
			r.Header.Values("X-Tenant"), strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "), user, password, body)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	rows := filepath.Join(t.TempDir(), "rows.csv")
	writeFile(t, rows, "name\nann\nbob\n")
	t.Setenv("FANBENCH_TEST_SECRET", "pass:word")
	header := []request.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Tenant", Value: "{name}"}}
	for _, client := range bothClients {
		for name, c := range map[string]struct {
			asking Asking
			want   string
		}{
			"a POST": {
				Asking{Request: request.Request{Method: "POST", Headers: header, Body: `{"n": {task}, "of": "{name}"}`, Data: rows}, Seed: 4},
				"POST " + host + " /2/3/4 agent=fanbench type=application/json tenant=[bob] auth= user=: " + `{"n": 3, "of": "bob"}`,
			},
			"a user":            {Asking{Request: request.Request{User: "ann", PasswordEnv: "FANBENCH_TEST_SECRET"}}, "GET " + host + " /2/3/0 agent=fanbench type= tenant=[] auth=YW5uOnBhc3M6d29yZA== user=ann:pass:word "},
			"a user of the URL": {Asking{}, "GET " + host + " /2/3/0 agent=fanbench type= tenant=[] auth=YW5uOnBhc3M6d29yZA== user=ann:pass:word "},
			"a token":           {Asking{Request: request.Request{BearerEnv: "FANBENCH_TEST_SECRET"}}, "GET " + host + " /2/3/0 agent=fanbench type= tenant=[] auth=Bearer pass:word user=: "},
			"a variable": {
				Asking{Request: request.Request{Headers: []request.Header{{Name: "X-Tenant", Value: "<${FANBENCH_TEST_SECRET}>"}, {Name: "User-Agent", Value: "mine"}, {Name: "Host", Value: "h.example"}}}},
				"GET h.example /2/3/0 agent=mine type= tenant=[<pass:word>] auth= user=: ",
			},
			"an item": {
				Asking{Request: request.Request{Headers: header[1:]}, Items: []request.Item{{}, {Method: "PUT", Body: "x", Headers: []request.Header{{Name: "x-tenant", Value: "own"}}}}},
				"PUT " + host + " /2/3/0 agent=fanbench type= tenant=[own] auth= user=: x",
			},
		} {
			url := server.URL
			if name == "a user of the URL" {
				url = "http://ann:pass%3Aword@" + host
			}
			if _, err := askOnce(t, client, url+"/{round}/{task}/{seed}", 3, c.asking); err != nil {
				t.Errorf("%s, %s: %v", client, name, err)
			}
			if got := <-seen; got != c.want {
				t.Errorf("%s, %s:\n got %s\nwant %s", client, name, got, c.want)
			}
		}
	}
}

// What is expected of an answer decides whether a task has failed.
func TestAnswersAreChecked(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/made", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"id": 7}`)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/made", http.StatusFound) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, request.MaxBody+1)) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Path: "/"})
		http.Redirect(w, r, "/inside", http.StatusSeeOther)
	})
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("sid"); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	status := func(first, last int) []request.Statuses { return []request.Statuses{{First: first, Last: last}} }
	for _, client := range bothClients {
		for _, c := range []struct {
			path    string
			request request.Request
			status  uint32
			want    string // the error
		}{
			{"/made", request.Request{Expect: request.Expect{Status: status(201, 201), Contains: "id", JSON: []request.Value{{Path: "id", Want: "7"}}}}, 201, ""},
			{"/made", request.Request{Expect: request.Expect{Status: status(200, 200)}}, 201, "HTTP 201 Created, expected 200"},
			{"/made", request.Request{Expect: request.Expect{Status: status(404, 404)}}, 201, "HTTP 201 Created, expected 404"},
			{"/none", request.Request{Expect: request.Expect{Status: status(404, 404)}}, 404, ""},
			{"/made", request.Request{Expect: request.Expect{JSON: []request.Value{{Path: "id", Want: "8"}}}}, 201, `the body's value "id" is not "8"`},
			{"/moved", request.Request{}, 201, ""},
			{"/moved", request.Request{NoRedirects: true}, 302, ""},
			{"/moved", request.Request{Method: "HEAD"}, 201, ""},
			{"/long", request.Request{Expect: request.Expect{Contains: "x"}}, 200, "the body is longer than 16 MiB, the most that is looked at"},
			{"/login", request.Request{}, 401, "HTTP 401 Unauthorized"},
			{"/login", request.Request{Cookies: true}, 200, ""},
		} {
			rec, err := askOnce(t, client, server.URL+c.path, 0, Asking{Request: c.request})
			if got := fmt.Sprint(err); err == nil && c.want != "" || err != nil && got != c.want || rec.Status != c.status {
				t.Errorf("%s, %s, %+v: status %d, %v; want %d, %s", client, c.path, c.request, rec.Status, err, c.status, c.want)
			}
		}
	}
}

// Certificates of the server and of the client are checked, and the version of HTTP is the one
// that was asked for.
func TestHTTPSAsTheScenarioSays(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", len(r.TLS.PeerCertificates))
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = quietLog
	server.StartTLS()
	defer server.Close()
	dir := t.TempDir()
	certificate, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pair := server.TLS.Certificates[0]
	writeFile(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	writeFile(t, key, pemKey(t, pair.PrivateKey))
	for name, c := range map[string]struct {
		request request.Request
		want    string // the error
	}{
		"unknown":      {request.Request{}, "certificate"},
		"known":        {request.Request{CA: certificate, Expect: request.Expect{Contains: "HTTP/2.0 0"}}, ""},
		"insecure":     {request.Request{Insecure: true, Expect: request.Expect{Contains: "HTTP/2.0 0"}}, ""},
		"HTTP/1.1":     {request.Request{CA: certificate, HTTP: "1.1", Expect: request.Expect{Contains: "HTTP/1.1 0"}}, ""},
		"HTTP/2":       {request.Request{CA: certificate, HTTP: "2", Expect: request.Expect{Contains: "HTTP/2.0 0"}}, ""},
		"with its own": {request.Request{CA: certificate, Cert: certificate, Key: key, Expect: request.Expect{Contains: " 1"}}, ""},
	} {
		for _, client := range bothClients {
			if _, err := askOnce(t, client, server.URL, 0, Asking{Request: c.request}); (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: got %v", client, name, err)
			}
		}
	}
	var wrong *FileError
	for _, r := range []request.Request{{CA: key}, {CA: filepath.Join(dir, "none")}, {Cert: key, Key: key}} {
		if _, err := TLS(r); !errors.As(err, &wrong) || wrong.Key != "ca" && wrong.Key != "cert" {
			t.Errorf("%+v: got %v", r, err)
		}
	}
}

// HTTP/2 without TLS is spoken at once, as between services.
func TestHTTP2WithoutTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	server.Config.Protocols = protocols("2")
	server.Start()
	defer server.Close()
	for _, client := range bothClients {
		if _, err := askOnce(t, client, server.URL, 0, Asking{Request: request.Request{HTTP: "2", Expect: request.Expect{Contains: "HTTP/2.0"}}}); err != nil {
			t.Errorf("%s: %v", client, err)
		}
	}
}

var quietLog = log.New(io.Discard, "", 0)

func pemKey(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
