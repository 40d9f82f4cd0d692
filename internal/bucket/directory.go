package bucket

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// directory is a directory of this machine, or one that machines share. It is not
// gocloud.dev's fileblob, which creates a key only once per process, not per directory, and
// follows links to anywhere. All paths are below root, whatever links there are.
type directory struct {
	path string
	root *os.Root
}

func openDirectory(dir string) (*directory, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	return &directory{dir, root}, err
}

func (d *directory) Reach(context.Context) error { return nil } // it is open

func (d *directory) Close() error { return d.root.Close() }

// Temporary is true for what the file system of a network recovers from.
func (d *directory) Temporary(err error) bool {
	return slices.ContainsFunc([]error{syscall.EIO, syscall.ESTALE, syscall.ETIMEDOUT, syscall.EAGAIN}, func(e error) bool { return errors.Is(err, e) })
}

func (d *directory) Put(_ context.Context, key string, body io.Reader, _ []byte) error {
	temp, err := d.writeTemp(key, body)
	if err != nil {
		return err
	}
	if err := d.root.Rename(temp, key); err != nil {
		return errors.Join(err, d.root.Remove(temp))
	}
	return nil
}

// Create links the finished file to its name, which one process can do.
func (d *directory) Create(_ context.Context, key string, text []byte) error {
	temp, err := d.writeTemp(key, bytes.NewReader(text))
	if err != nil {
		return err
	}
	err = d.root.Link(temp, key)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		err = d.createExclusively(key, text) // a file system without links
	}
	if errors.Is(err, fs.ErrExist) {
		err = ErrExists
	}
	return errors.Join(err, d.root.Remove(temp))
}

func (d *directory) createExclusively(key string, text []byte) error {
	f, err := d.root.OpenFile(key, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// writeTemp writes a file beside the key's. Names that begin with a dot are not listed.
func (d *directory) writeTemp(key string, body io.Reader) (name string, err error) {
	if err := d.root.MkdirAll(path.Dir(key), 0o755); err != nil {
		return "", err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	name = path.Join(path.Dir(key), ".new-"+hex.EncodeToString(random[:]))
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, d.root.Remove(name))
	}
	return name, nil
}

func (d *directory) List(_ context.Context, prefix string, visit func(key string, size int64) error) error {
	at := strings.TrimSuffix(prefix, "/")
	return fs.WalkDir(d.root.FS(), at, func(key string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // removed meanwhile, or there is none
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is a link or a special file", key)
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		return visit(key, info.Size())
	})
}

func (d *directory) Open(_ context.Context, key string) (io.ReadCloser, error) {
	info, err := d.root.Lstat(key) // before it is opened: a named pipe would wait
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	} else if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a link or a special file: %w", key, fs.ErrPermission)
	}
	return d.root.Open(key)
}
