// Package plainfile reads files that users name. It accepts only regular files of bounded size. A
// named pipe may never end and a device such as /dev/zero has no end, and reading either would
// block Ctrl-C. It refuses them before it opens them.
package plainfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The maximum sizes of files, in bytes.
const (
	MaxConfig = 1 << 20  // scenarios and server configurations
	MaxData   = 64 << 20 // lists of URLs, recordings of latencies, output of benchmarks
	MaxRun    = 1 << 30  // any file of a run directory
)

// Absolute is a path that means the same from any directory, such as that of a run.
func Absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path // the working directory is gone
}

// Open opens a regular file of at most most bytes for reading. Its errors name the file. Reading
// returns an error if the file has meanwhile grown beyond the limit.
func Open(name string, most int64) (io.ReadCloser, error) {
	// Opening a named pipe waits for a writer, so check first.
	info, err := os.Stat(name)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			path.Op = "open" // the operation from the caller's view
		}
		return nil, err
	}
	if err := check(name, info, most); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = check(name, info, most) // the file may have been replaced
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{f, most}, nil
}

// Read reads a whole regular file of at most most bytes. Its errors name the file.
func Read(name string, most int64) ([]byte, error) {
	f, err := Open(name, most)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if info, err := os.Stat(name); err == nil {
		text.Grow(int(min(info.Size(), most)) + bytes.MinRead)
	}
	_, err = text.ReadFrom(f)
	return text.Bytes(), errors.Join(err, f.Close())
}

func check(name string, info fs.FileInfo, most int64) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		if info.Size() > most {
			return tooLarge(name, most)
		}
		return nil
	case mode.IsDir():
		return fmt.Errorf("%s is a directory, not a regular file", name)
	case mode&fs.ModeNamedPipe != 0:
		return fmt.Errorf("%s is a named pipe, not a regular file", name)
	case mode&fs.ModeDevice != 0:
		return fmt.Errorf("%s is a device, not a regular file", name)
	case mode&fs.ModeSocket != 0:
		return fmt.Errorf("%s is a socket, not a regular file", name)
	}
	return fmt.Errorf("%s is not a regular file", name)
}

func tooLarge(name string, most int64) error {
	if most < 1<<20 {
		return fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return fmt.Errorf("%s is larger than %d MiB", name, most>>20)
}

// file is a file with a limit on the bytes that may still be read.
type file struct {
	*os.File
	left int64
}

func (f *file) Read(p []byte) (int, error) {
	if int64(len(p)) > f.left+1 {
		p = p[:f.left+1]
	}
	n, err := f.File.Read(p)
	if f.left -= int64(n); f.left < 0 {
		return n, fmt.Errorf("%s has grown beyond the maximum size", f.Name())
	}
	return n, err
}
