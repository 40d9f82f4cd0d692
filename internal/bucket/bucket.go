package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Bucket holds the shards of one measurement.
type Bucket struct {
	name  string // its URL, for messages
	store Store

	// Sleep waits between two tries. It is for tests.
	Sleep func(ctx context.Context, d time.Duration) error
}

// schemes are those of URLs of buckets.
var schemes = []string{"file", "s3", "gs", "azblob"}

// volume is the path of a URL on Windows: file:///C:/results.
var volume = regexp.MustCompile(`^/[A-Za-z]:/`)

var urlForm = regexp.MustCompile(`^[a-z][a-z0-9+.-]+://`)

// IsURL reports whether a text is the URL of a bucket, not a path.
func IsURL(text string) bool { return urlForm.MatchString(text) }

// Open opens the bucket of a URL: file:///shared/results, s3://bucket/prefix?region=eu-west-1,
// gs://bucket/prefix or azblob://container/prefix. Parameters are those of gocloud.dev/blob.
// Credentials are found by the storage's own means, and are refused in the URL.
func Open(ctx context.Context, text string) (*Bucket, error) {
	u, err := parse(text)
	if err == nil {
		err = driven(u, text)
	}
	if err != nil {
		return nil, err
	}
	out := &Bucket{name: text, Sleep: sleep}
	if u.Scheme == "file" {
		dir := u.Path
		if volume.MatchString(dir) {
			dir = dir[1:]
		}
		out.store, err = openDirectory(filepath.FromSlash(dir))
	} else {
		out.store, err = drivers[u.Scheme](ctx, u)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return out, nil
}

// OpenDir opens a directory as a bucket.
func OpenDir(dir string) (*Bucket, error) {
	s, err := openDirectory(dir)
	return &Bucket{name: dir, store: s, Sleep: sleep}, err
}

// Check returns what is wrong with the URL of a bucket, without opening it.
func Check(text string) error {
	u, err := parse(text)
	if err == nil {
		err = driven(u, text)
	}
	return err
}

// CheckForm is Check for a bucket that another machine will open, whose fanbench may have drivers
// that this one lacks.
func CheckForm(text string) error {
	_, err := parse(text)
	return err
}

// driven returns an error unless this fanbench has a driver for the URL.
func driven(u *url.URL, text string) error {
	if u.Scheme == "file" || drivers[u.Scheme] != nil {
		return nil
	}
	return fmt.Errorf("%s: this fanbench has no object storage; use fanbench-cluster, which is the same command with it (docs/cluster.md)", text)
}

// parse returns the URL of a bucket of a known kind.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || !IsURL(text) {
		return nil, errors.New("want the URL of a bucket: file:///directory, s3://bucket/prefix, gs://bucket/prefix or azblob://container/prefix")
	}
	if u.User != nil {
		return nil, fmt.Errorf("%s: credentials do not belong into the URL; the storage's own variables, files and roles provide them", u.Redacted())
	}
	var known []string
	for _, scheme := range schemes {
		known = append(known, scheme+"://")
		if scheme != u.Scheme {
			continue
		}
		switch {
		case u.Scheme == "file" && (u.Host != "" && u.Host != "localhost" || u.Path == ""):
			return nil, fmt.Errorf("%s: write file:// with the full path of a directory, such as file:///shared/results", text)
		case u.Scheme != "file" && u.Host == "":
			return nil, fmt.Errorf("%s: it has no bucket: write %s://bucket/prefix", text, u.Scheme)
		}
		return u, nil
	}
	return nil, fmt.Errorf("%s: there are no buckets %s://; use %s", text, u.Scheme, strings.Join(known, ", "))
}

// Name returns the URL of the bucket.
func (b *Bucket) Name() string { return b.name }

// Reach returns an error if the bucket cannot be reached or does not exist.
func (b *Bucket) Reach(ctx context.Context) error {
	return b.retry(ctx, b.name, func() error { return b.store.Reach(ctx) })
}

// Close releases the bucket.
func (b *Bucket) Close() error { return b.store.Close() }
