// Package blob is object storage for shards, by gocloud.dev/blob. The packages beside it link the
// drivers.
package blob

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/fanbench/fanbench/internal/bucket"
)

// object is object storage.
type object struct{ bucket *blob.Bucket }

// Open opens the bucket of a URL. Its path becomes the prefix of all keys.
func Open(ctx context.Context, u *url.URL) (bucket.Store, error) {
	plain := *u
	plain.Path, plain.RawPath = "", ""
	b, err := blob.OpenBucket(ctx, plain.String())
	if err != nil {
		return nil, err
	}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		b = blob.PrefixedBucket(b, prefix+"/")
	}
	return object{b}, nil
}

func (o object) Reach(ctx context.Context) error {
	ok, err := o.bucket.IsAccessible(ctx)
	if err == nil && !ok {
		return bucket.ErrMissing
	}
	if gcerrors.Code(err) == gcerrors.PermissionDenied {
		return nil // to list; what a shard needs is to write
	}
	return err
}

func (o object) Close() error { return o.bucket.Close() }

// Temporary is false where the storage has understood, and says no.
func (o object) Temporary(err error) bool {
	switch gcerrors.Code(err) {
	case gcerrors.NotFound, gcerrors.AlreadyExists, gcerrors.InvalidArgument, gcerrors.PermissionDenied, gcerrors.FailedPrecondition, gcerrors.Unimplemented, gcerrors.Canceled:
		return false
	}
	// gocloud.dev knows few of S3's codes, and none of those for wrong credentials.
	var answer interface{ HTTPStatusCode() int }
	return !errors.As(err, &answer) || answer.HTTPStatusCode() != http.StatusUnauthorized && answer.HTTPStatusCode() != http.StatusForbidden
}

func (o object) Put(ctx context.Context, key string, body io.Reader, md5 []byte) error {
	return o.bucket.Upload(ctx, key, body, &blob.WriterOptions{ContentType: "application/octet-stream", ContentMD5: md5})
}

func (o object) Create(ctx context.Context, key string, text []byte) error {
	err := o.bucket.WriteAll(ctx, key, text, &blob.WriterOptions{ContentType: "application/json", IfNotExist: true})
	if code := gcerrors.Code(err); code == gcerrors.FailedPrecondition || code == gcerrors.AlreadyExists {
		return bucket.ErrExists
	}
	return err
}

func (o object) List(ctx context.Context, prefix string, visit func(key string, size int64) error) error {
	for it := o.bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
		found, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if !found.IsDir {
			if err := visit(found.Key, found.Size); err != nil {
				return err
			}
		}
	}
}

func (o object) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	r, err := o.bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, bucket.ErrMissing
	}
	if err != nil {
		return nil, err // not r, which is a nil pointer and would be a reader that is not nil
	}
	return r, nil
}
