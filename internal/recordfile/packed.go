package recordfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/fanbench/fanbench/internal/plainfile"
)

// Packed is the ending of a packed file: zstd -d unpacks it.
const Packed = ".zst"

// leastPacked is the size of the smallest file that Pack packs, in bytes: a smaller one takes
// one block of the disk either way.
const leastPacked = 4 << 10

// packers compress, one file at a time each.
var packers = sync.Pool{New: func() any {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
}}

// Pack replaces a file of records by a compressed one, about a tenth of its size. Open reads
// either. A file that is interrupted here is left as it was.
func Pack(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < leastPacked {
		return nil
	}
	if err != nil {
		return fmt.Errorf("packing task records: %w", err)
	}
	if err := pack(path, path+Packed+".tmp"); err != nil {
		return fmt.Errorf("packing task records: %w", err)
	}
	if err := os.Rename(path+Packed+".tmp", path+Packed); err != nil {
		return fmt.Errorf("packing task records: %w", err)
	}
	return os.Remove(path)
}

func pack(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	w := packers.Get().(*zstd.Encoder)
	defer packers.Put(w)
	w.Reset(out)
	_, err = io.Copy(w, in)
	if err = errors.Join(err, w.Close(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// IsPacked reports whether there is only the packed form of a file.
func IsPacked(path string) bool {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err := os.Lstat(path + Packed)
	return err == nil
}

// Open opens a file of records, packed or not. What it reads is at most plainfile.MaxRun long.
func Open(path string) (io.ReadCloser, error) {
	if !IsPacked(path) {
		return plainfile.Open(path, plainfile.MaxRun)
	}
	packed, err := plainfile.Open(path+Packed, plainfile.MaxRun)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, errors.Join(err, packed.Close())
	}
	return &unpacker{z, packed, path + Packed, plainfile.MaxRun}, nil
}

// unpacker reads a packed file.
type unpacker struct {
	z    *zstd.Decoder
	file io.Closer
	name string
	left int64 // bytes that may still be read
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return n, fmt.Errorf("%s unpacks to more than %d MiB", u.name, plainfile.MaxRun>>20)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s was altered: %w", u.name, err)
	}
	return n, err
}

func (u *unpacker) Close() error {
	u.z.Close()
	return u.file.Close()
}
