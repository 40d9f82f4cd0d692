package cmd

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// A user's requests reach the service as they were described, by flags or by a file, and the
// secrets in them reach no file of the run and nothing on the screen.
func TestRequestsOfAUser(t *testing.T) {
	const secret = "s3cr3t-token"
	t.Setenv("FANBENCH_TEST_TOKEN", secret)
	var mu sync.Mutex
	seen := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		seen[fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Authorization"), " ", r.Header.Get("X-Api-Key"), " ", string(body))] = true
		mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"state": "new"}`)
	}))
	defer server.Close()
	dir := t.TempDir()
	write(t, dir, "order.json", `{"order": {task}}`)
	write(t, dir, "s.yaml", fmt.Sprintf(`target:
  url: %s/{task}
  request:
    method: POST
    headers: {Authorization: "Bearer ${FANBENCH_TEST_TOKEN}", X-Api-Key: %s}
    body_file: order.json
    expect: {status: 201, json: {state: new}}
workload: {tasks: 2}
strategies: [errgroup]
measure: {rounds: 2, warmup: 0}
`, server.URL, secret))
	write(t, dir, "list.txt", fmt.Sprintf("POST %s/0\nAuthorization: Bearer ${FANBENCH_TEST_TOKEN}\nX-Api-Key: %s\n@order.json\n\nPOST %s/1\nAuthorization: Bearer ${FANBENCH_TEST_TOKEN}\nX-Api-Key: %s\n@order.json\n", server.URL, secret, server.URL, secret))
	want := map[string]bool{}
	for i := range 2 {
		want[fmt.Sprintf(`POST /%d Bearer %s %s {"order": %d}`, i, secret, secret, i)] = true
	}
	tail := []string{"--strategies", "errgroup", "--rounds", "2", "--warmup", "0"}
	for name, args := range map[string][]string{
		"flags": append([]string{"run", "--url", server.URL + "/{task}", "-n", "2", "-H", "Authorization: Bearer ${FANBENCH_TEST_TOKEN}", "--header=X-Api-Key: " + secret, "-d", "@order.json", "--expect-status", "200-201", "--expect-contains", "new"}, tail...),
		"file":  {"run", "s.yaml"},
		"list":  append([]string{"run", "--urls", "list.txt"}, tail...),
		"load":  {"run", "s.yaml", "--rate", "100/s", "--for", "1s", "--client", "lean", "--figure", "median"},
	} {
		mu.Lock()
		clear(seen)
		mu.Unlock()
		out := filepath.Join(dir, "out-"+name)
		r := call(t, dir, append(args, "--no-charts", "--out", out)...)
		mu.Lock() // a request that a hung-up client left may still be served

		if name != "load" && r.status != exitOK || name == "load" && r.status != exitOK && r.status != exitInvalid {
			t.Errorf("%s: status %d\n%s", name, r.status, r.stderr)
			mu.Unlock()
			continue
		}
		if name == "load" {
			if len(seen) < 10 { // tasks are counted through the phase
				t.Errorf("load: saw %v", seen)
			}
		} else if !reflect.DeepEqual(seen, want) {
			t.Errorf("%s: saw %v", name, seen)
		}
		mu.Unlock()
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%s: the secret is on the screen:\n%s%s", name, r.stdout, r.stderr)
		}
		_ = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if text, _ := os.ReadFile(path); strings.Contains(string(text), secret) {
					t.Errorf("%s: the secret is in %s", name, path)
				}
			}
			return err
		})
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "fanbench-request-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWrongRequests(t *testing.T) {
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"--header: \"x\": want \"Name: value\"":                        {"-H", "x"},
		"--user: name the user alone":                                  {"-u", "a:b"},
		"--user: password_env is missing":                              {"-u", "a"},
		"--bearer-env: the environment variable FB_NOT_SET is not set": {"--bearer-env", "FB_NOT_SET"},
		"--cacert: ":                                       {"--cacert", "none.pem"},
		"--expect-status: \"OK\": want a status":           {"--expect-status", "OK"},
		"--data: ":                                         {"-d", "@none.json"},
		"--request: \"get it\" is not a method":            {"-X", "get it"},
		"target.request: only url and urls have a request": {"-X", "PUT", "--latency", "1ms"},
		"--rows: ":                                         {"--rows", "none.csv"},
	} {
		if args[0] != "-X" || args[1] != "PUT" {
			args = append(args, "--url", "http://127.0.0.1:9/")
		}
		if r := call(t, dir, append([]string{"run"}, args...)...); r.status != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: status %d, %s\nwant %s", args, r.status, r.stderr, want)
		}
	}
}

// A scenario that a run has written can be read again; secrets are gone.
func TestPasswordsOfACommandLineAreNotKept(t *testing.T) {
	got := withoutSecrets([]string{"run", "-H", "Cookie: a", "-HAuthorization: b", "--header=X-Token: c", "-H", "Accept: d", "--url", "http://u:p@h/", "--url=http://u:p@h/", "--push", "http://h/?token=a", "--otlp=http://u:p@h/x?y", "-n", "3"})
	want := []string{"run", "-H", "Cookie: redacted", "-HAuthorization: redacted", "--header=X-Token: redacted", "-H", "Accept: d", "--url", "http://u:xxxxx@h/", "--url=http://u:xxxxx@h/", "--push", "http://h/", "--otlp=http://u:xxxxx@h/x", "-n", "3"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}
