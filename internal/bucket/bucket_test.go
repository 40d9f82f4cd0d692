package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/bucket"
	"github.com/fanbench/fanbench/internal/bucket/buckettest"
)

// impatient is a bucket that does not wait between tries.
func impatient(t *testing.T, s bucket.Store) *bucket.Bucket {
	t.Helper()
	return bucket.New("test://bucket", s, func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
}

func open(t *testing.T, url string) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func upload(t *testing.T, b *bucket.Bucket, run *results.Run) {
	t.Helper()
	if err := b.Upload(t.Context(), run, nil); err != nil {
		t.Fatal(err)
	}
}

func TestDirectory(t *testing.T) {
	buckettest.RoundTrip(t, open(t, "file://"+filepath.ToSlash(filepath.Join(t.TempDir(), "new", "bucket"))))
	dir := t.TempDir()
	buckettest.Race(t, open(t, "file://"+filepath.ToSlash(dir)))
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if strings.HasPrefix(d.Name(), ".new-") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// flaky is a store that fails.
type flaky struct {
	bucket.Store
	fails func(operation, key string) error
}

func (f *flaky) Put(ctx context.Context, key string, body io.Reader, md5 []byte) error {
	if err := f.fails("put", key); err != nil {
		return err
	}
	return f.Store.Put(ctx, key, body, md5)
}

// create fails after it has written: the answer is lost.
func (f *flaky) Create(ctx context.Context, key string, text []byte) error {
	if err := f.Store.Create(ctx, key, text); err != nil {
		return err
	}
	return f.fails("create", key)
}

func (f *flaky) Temporary(err error) bool { return !errors.Is(err, fs.ErrPermission) }

func TestWhatFailsIsTriedAgain(t *testing.T) {
	d, err := bucket.OpenDirectory(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]int{}
	var mu sync.Mutex
	b := impatient(t, &flaky{d, func(operation, key string) error {
		mu.Lock()
		defer mu.Unlock()
		if tried[key]++; tried[key] < 4 {
			return errors.New("503")
		}
		return nil
	}})
	upload(t, b, buckettest.Run(t, buckettest.Shard(0, "a"), 1))
	if n := tried["shards/0-of-2/a/run.json"]; n != 4 {
		t.Errorf("tried %d times", n)
	}
	if n := tried[bucket.MarkerKey(buckettest.Shard(0, ""))]; n != 1 { // then it was there, by this attempt
		t.Errorf("the marker was written %d times", n)
	}

	b = impatient(t, &flaky{d, func(string, string) error { return errors.New("503") }})
	if err := b.Upload(t.Context(), buckettest.Run(t, buckettest.Shard(1, "a"), 1), nil); err == nil || !strings.Contains(err.Error(), "tried 6 times: 503") || !strings.Contains(err.Error(), "test://bucket/shards/1-of-2/a/") {
		t.Errorf("got %v", err)
	}
	var n atomic.Int64
	b = impatient(t, &flaky{d, func(string, string) error { n.Add(1); return fs.ErrPermission }})

	run := buckettest.Run(t, buckettest.Shard(1, "a"), 1)
	if err := b.Upload(t.Context(), run, nil); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
	if files, _ := run.Files(); int(n.Load()) > len(files) {
		t.Errorf("what is forbidden was tried %d times, of %d files", n.Load(), len(files))
	}
	if m, err := b.Complete(t.Context(), buckettest.Shard(1, "")); m != nil || err != nil {
		t.Errorf("a shard is complete though its upload failed: %+v, %v", m, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Upload(ctx, run, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// A bucket may be anybody's. What it must not have ends in an error, and outside of the
// directory nothing is written.
func TestHostileBuckets(t *testing.T) {
	marker := func(change func(m *bucket.Marker)) func(dir string) error {
		return func(dir string) error {
			file := filepath.Join(dir, "shards", "0-of-2", "complete.json")
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			m, err := bucket.DecodeMarker(text, buckettest.Shard(0, ""))
			if err != nil {
				return err
			}
			change(&m)
			if text, err = m.Encode(); err != nil {
				return err
			}
			return os.WriteFile(file, text, 0o644)
		}
	}
	named := func(name string) func(dir string) error {
		return marker(func(m *bucket.Marker) { m.Files[0].Name = name })
	}
	whole := t.TempDir()
	upload(t, open(t, "file://"+filepath.ToSlash(whole)), buckettest.Run(t, buckettest.Shard(0, "a"), 1))
	in := func(dir, name string) string { return filepath.Join(dir, "shards", "0-of-2", "a", name) }
	for name, c := range map[string]struct {
		do   func(dir string) error
		want string
	}{
		"a path upwards":        {named("../../../x"), "cannot be the name of a file"},
		"a path in the middle":  {named("tasks/../../x"), "cannot be the name of a file"},
		"an absolute path":      {named("/etc/x"), "cannot be the name of a file"},
		"a backslash":           {named(`..\x`), "cannot be the name of a file"},
		"a hidden file":         {named(".bashrc"), "cannot be the name of a file"},
		"a control character":   {named("a\x1bb"), `"a\x1bb" cannot be the name of a file`},
		"an empty name":         {named(""), "cannot be the name of a file"},
		"the same name twice":   {marker(func(m *bucket.Marker) { m.Files = append(m.Files, m.Files[0]) }), "is there twice"},
		"a file below a file":   {marker(func(m *bucket.Marker) { m.Files[0].Name = "run.json/x" }), "is missing"},
		"an attempt upwards":    {marker(func(m *bucket.Marker) { m.Shard.Attempt = "../.." }), "cannot be the name of an attempt"},
		"another shard":         {marker(func(m *bucket.Marker) { m.Shard.Index = 1 }), "it is of shard 1 of 2"},
		"a size that lies":      {marker(func(m *bucket.Marker) { m.Files[0].Size++ }), "and its shard says"},
		"a negative size":       {marker(func(m *bucket.Marker) { m.Files[0].Size = -1 }), "cannot have -1 bytes"},
		"sizes that overflow":   {marker(func(m *bucket.Marker) { m.Files[0].Size, m.Files[1].Size = 60<<30, 60<<30 }), "more than 64 GiB"},
		"a file that is gone":   {func(dir string) error { return os.Remove(in(dir, "bench.txt")) }, "bench.txt is missing"},
		"a file that was grown": {func(dir string) error { return os.Truncate(in(dir, "bench.txt"), 1<<40) }, "and its shard says"},
		"a file with a bit flipped": {func(dir string) error {
			text, err := os.ReadFile(in(dir, "bench.txt"))
			text[9] ^= 1
			return errors.Join(err, os.WriteFile(in(dir, "bench.txt"), text, 0o644))
		}, "its checksum or its size differs"},
		"a link to a file":      {func(dir string) error { return os.Symlink("/etc/hostname", in(dir, "link")) }, "is a link or a special file"},
		"a link to a directory": {func(dir string) error { return os.Symlink("/", in(dir, "link")) }, "is a link or a special file"},
		"a marker that is a link": {func(dir string) error {
			file := filepath.Join(dir, "shards", "0-of-2", "complete.json")
			return errors.Join(os.Rename(file, file+"x"), os.Symlink("complete.jsonx", file))
		}, "is a link or a special file"},
		"garbage as a marker": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "shards", "0-of-2", "complete.json"), bytes.Repeat([]byte{0}, 100), 0o644)
		}, "it was altered"},
		"a huge marker": {func(dir string) error {
			return os.Truncate(filepath.Join(dir, "shards", "0-of-2", "complete.json"), bucket.MaxMarker+1)
		}, "more than 64 MiB"},
		"nothing": {os.RemoveAll, "has no complete shard"},
	} {
		t.Run(name, func(t *testing.T) {
			above := t.TempDir()
			dir, into := filepath.Join(above, "bucket"), filepath.Join(above, "into")
			if err := os.Mkdir(into, 0o755); err != nil {
				t.Fatal(err)
			}
			b := open(t, "file://"+filepath.ToSlash(dir))
			b.Sleep = func(context.Context, time.Duration) error { return nil }
			if err := errors.Join(os.CopyFS(dir, os.DirFS(whole)), c.do(dir)); err != nil {
				t.Fatal(err)
			}
			_, err := b.Download(t.Context(), into)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			entries, _ := os.ReadDir(above)
			if len(entries) > 2 {
				t.Errorf("something was written outside: %v", entries)
			}
		})
	}
}

// What is not a shard's is left alone.
func TestOtherPeoplesFiles(t *testing.T) {
	dir := t.TempDir()
	b := open(t, "file://"+filepath.ToSlash(dir))
	upload(t, b, buckettest.Run(t, buckettest.Shard(0, "a"), 1))
	for _, name := range []string{"readme.txt", "shards/readme.txt", "shards/x-of-2/complete.json", "shards/7-of-2/complete.json", "shards/00-of-2/complete.json", "shards/0-of-2/readme.txt", "shards/0-of-2/killed/run.json"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("x"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	found, err := b.Download(t.Context(), t.TempDir())
	if err != nil || len(found.Sources) != 1 || !slices.ContainsFunc(found.Notes, func(n string) bool { return strings.Contains(n, "attempt killed is left out") }) {
		t.Errorf("%v, %+v", err, found)
	}
}

func TestURLs(t *testing.T) {
	for url, want := range map[string]string{
		"file:///tmp/x":      "",
		"s3://":              "has no bucket",
		"s3://key:secret@b":  "credentials do not belong",
		"ftp://x/y":          "there are no buckets ftp://; use file://, s3://, gs://, azblob://",
		"file://relative/x":  "full path",
		"results/kitchen":    "want the URL of a bucket",
		"s3://b/%zz":         "want the URL of a bucket",
		"file://localhost/x": "",
	} {
		err := bucket.Check(url)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error has the secret: %v", url, err)
		}
	}
	if err := bucket.Check("s3://b/p"); err == nil || !strings.Contains(err.Error(), "use fanbench-cluster") {
		t.Errorf("got %v", err)
	}
}

// Waiting ends when all shards are there, or when patience does.
func TestAwait(t *testing.T) {
	b := open(t, "file://"+filepath.ToSlash(t.TempDir()))
	upload(t, b, buckettest.Run(t, buckettest.Shard(0, "a"), 1))
	second := buckettest.Run(t, buckettest.Shard(1, "a"), 1)
	var told []int
	waits := 0
	b.Sleep = func(context.Context, time.Duration) error {
		if waits++; waits == 3 {
			upload(t, b, second)
		}
		return nil
	}
	progress := func(complete int) { told = append(told, complete) }
	if err := b.Await(t.Context(), 2, time.Hour, time.Minute, progress); err != nil || waits != 3 || !slices.Equal(told, []int{1, 2}) {
		t.Errorf("%v, waited %d times, told %v", err, waits, told)
	}
	waits = 3
	if err := b.Await(t.Context(), 3, 5*time.Minute, time.Minute, progress); err != nil || waits != 8 {
		t.Errorf("%v: patience ended after %d waits", err, waits-3)
	}
}
