// Package plainfile opens the files that users name. A device, such as /dev/zero, may
// have no end, and is refused; a pipe, as a shell's <(command) is, has one.
package plainfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

var errDevice = errors.New("is a device, not a file")

// Open is os.Open of what is no device.
func Open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode()&fs.ModeDevice != 0 {
		err = &fs.PathError{Op: "open", Path: name, Err: errDevice}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read is os.ReadFile of what is no device.
func Read(name string) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
