package s3

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/fanbench/fanbench/internal/bucket"
	"github.com/fanbench/fanbench/internal/bucket/buckettest"
)

func open(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// s3Server is an S3 server in this process. It returns the URL of its bucket. wrong may answer a
// request in its place.
func s3Server(t *testing.T, wrong func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	storage := s3mem.New()
	if err := storage.CreateBucket("results"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(storage).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrong == nil || !wrong(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "nobody")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "nothing")
	t.Setenv("AWS_MAX_ATTEMPTS", "1") // the bucket itself tries again, without waiting in a test
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	return "s3://results/kitchen/one?region=us-east-1&use_path_style=true&endpoint=" + url.QueryEscape(server.URL)
}

func TestS3(t *testing.T) {
	address := s3Server(t, nil)
	buckettest.RoundTrip(t, open(t, address))
	buckettest.Race(t, open(t, strings.Replace(address, "one", "two", 1))) // another prefix
	if err := open(t, strings.Replace(address, "results", "missing", 1)).Reach(t.Context()); err == nil {
		t.Error("a bucket that does not exist is reached")
	}
	if err := open(t, address).Reach(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestS3ThatFails(t *testing.T) {
	var asked atomic.Int64
	b := open(t, s3Server(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || asked.Add(1)%5 != 0 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}))
	b.Sleep = func(context.Context, time.Duration) error { return nil }
	buckettest.RoundTrip(t, b)
	if asked.Load() < 10 {
		t.Errorf("only %d requests", asked.Load())
	}

	for _, code := range []string{"AccessDenied", "SignatureDoesNotMatch"} {
		b = open(t, s3Server(t, func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut {
				return false
			}
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>" + code + "</Code></Error>"))
			return true
		}))
		b.Sleep = func(context.Context, time.Duration) error {
			t.Errorf("what is forbidden is tried again: %s", code)
			return nil
		}
		if err := b.Upload(t.Context(), buckettest.Run(t, buckettest.Shard(0, "a"), 1), nil); err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}
