package bucket

import (
	"context"
	"errors"
	"io"
	"net/url"
)

// Store is what a bucket needs of its storage. Keys have forward slashes.
type Store interface {
	// Reach returns an error if the storage does not answer, or has no such bucket.
	Reach(ctx context.Context) error
	// Put writes a key, replacing what it had. Readers see the old or the new, whole. md5 is
	// that of the body, for the storage to check.
	Put(ctx context.Context, key string, body io.Reader, md5 []byte) error
	// Create writes a key that does not exist, or returns ErrExists. Of several processes on
	// several machines one succeeds.
	Create(ctx context.Context, key string, text []byte) error
	// List calls visit with every key that has the prefix, and its size in bytes.
	List(ctx context.Context, prefix string, visit func(key string, size int64) error) error
	// Open reads a key; ErrMissing if there is none.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Temporary reports whether an operation that returned the error may succeed later.
	Temporary(err error) bool
	Close() error
}

// Errors of a Store.
var (
	ErrExists  = errors.New("it exists already")
	ErrMissing = errors.New("it does not exist")

	errDamaged = errors.New("it is not what its shard has sent: its checksum or its size differs")
)

// Opener opens the storage of a URL.
type Opener func(ctx context.Context, u *url.URL) (Store, error)

// drivers open the schemes of object storage, which fanbench itself does not have.
var drivers = map[string]Opener{}

// Register makes a scheme known. It is called before main.
func Register(scheme string, open Opener) { drivers[scheme] = open }
