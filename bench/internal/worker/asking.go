package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/plainfile"
)

// Asking is what a worker asks for, if that is more than to GET a URL: the content of the file
// that Job.Request names.
type Asking struct {
	Request request.Request
	Items   []request.Item `json:",omitempty"` // one a task; none if all tasks ask for one URL
	Seed    uint64
}

// Text is the content of the file. It has secrets.
func (a Asking) Text() ([]byte, error) { return json.Marshal(a) }

func readAsking(file string) (Asking, error) {
	var a Asking
	text, err := plainfile.Read(file, plainfile.MaxRun)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	return a, err
}

// asker creates requests, and checks their answers. The zero value is for a GET.
type asker struct {
	request request.Request // with its secrets
	items   []request.Item
	fill    request.Filler
	checker *request.Checker
}

// newAsker prepares what does not differ between tasks.
func newAsker(a Asking) (*asker, error) {
	k := &asker{request: a.Request.Resolved(), fill: request.Filler{Seed: a.Seed}}
	for _, i := range a.Items {
		k.items = append(k.items, i.Resolved())
	}
	var err error
	if a.Request.Data != "" {
		if k.fill.Rows, err = request.ReadRows(a.Request.Data); err != nil {
			return nil, err
		}
	}
	k.checker, err = request.NewChecker(a.Request.Expect)
	return k, err
}

// new creates the request of a task for a URL that is filled in.
func (k *asker) new(url string, round, task int) (*http.Request, error) {
	q := k.request
	if len(k.items) > 0 {
		q = q.Of(k.items[task%len(k.items)])
	}
	var body io.Reader
	if q.Body != "" {
		body = strings.NewReader(k.fill.Text(q.Body, round, task))
	}
	req, err := http.NewRequest(q.Verb(), url, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "fanbench")
	for _, h := range q.Headers {
		switch value := k.fill.Text(h.Value, round, task); {
		case strings.EqualFold(h.Name, "Host"):
			req.Host = value
		case strings.EqualFold(h.Name, "User-Agent"):
			req.Header.Set(h.Name, value)
		default:
			req.Header.Add(h.Name, value)
		}
	}
	switch {
	case req.URL.User != nil && req.Header.Get("Authorization") == "": // as an http.Client does
		password, _ := req.URL.User.Password()
		req.SetBasicAuth(req.URL.User.Username(), password)
	case q.User != "":
		req.SetBasicAuth(q.User, os.Getenv(q.PasswordEnv))
	case q.BearerEnv != "":
		req.Header.Set("Authorization", "Bearer "+os.Getenv(q.BearerEnv))
	}
	return req, nil
}

// read reads the body of an answer to its end, and returns its size and what is wrong with the
// answer.
func (k *asker) read(res *http.Response) (n int64, wrong, err error) {
	if !k.checker.Body() {
		n, err = io.Copy(io.Discard, res.Body)
		return n, k.status(res), err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, request.MaxBody+1))
	if n = int64(len(body)); err != nil {
		return n, nil, err
	}
	if n > request.MaxBody {
		return n, fmt.Errorf("the body is longer than %d MiB, the most that is looked at", request.MaxBody>>20), nil
	}
	if wrong = k.status(res); wrong == nil {
		wrong = k.checker.CheckBody(body)
	}
	return n, wrong, nil
}

func (k *asker) status(res *http.Response) error {
	if k.checker.Accepts(res.StatusCode) {
		return nil
	}
	return statusError{res.StatusCode, k.checker.Status}
}
