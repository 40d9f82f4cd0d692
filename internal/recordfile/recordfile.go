// Package recordfile reads and writes files of task records: a sequence of strategies.Record in
// the memory layout of a little-endian machine. A worker maps such a file and records into it;
// the coordinator and reports read it. The package imports strategies and otherwise only internal
// packages of fanbench.
package recordfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unsafe"

	"github.com/fanbench/fanbench/strategies"
)

// Create makes a file of n zero records. It writes the zeros instead of leaving a hole, so that a
// full disk is an error here and not a fault in a worker later.
func Create(path string, n int) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("making a file for task records: %w", err)
	}
	zeros := make([]byte, 1<<20)
	for left := n * strategies.RecordSize; left > 0 && err == nil; left -= len(zeros) {
		_, err = f.Write(zeros[:min(left, len(zeros))])
	}
	if err = errors.Join(err, f.Close()); err != nil {
		// Half a file is useless, and the rest of the run needs its space.
		return fmt.Errorf("making a file for task records: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// CreateWith creates a file with these records.
func CreateWith(path string, records []strategies.Record) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("creating a file for records: %w", err)
	}
	_, err = f.Write(Bytes(records))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("creating a file for records: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Replace replaces the trial's file with one of these records. An unfinished task may write
// into the old file as long as its process lives, but records that were judged must not
// change.
func Replace(path string, records []strategies.Record) error {
	next := path + ".tmp"
	if err := os.WriteFile(next, Bytes(records), 0o644); err != nil {
		return fmt.Errorf("writing task records: %w", errors.Join(err, os.Remove(next)))
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("writing task records: %w", err)
	}
	return nil
}

// Read reads a file of task records after a trial, packed or not. It returns an error if the file is not a whole
// number of records.
func Read(path string) ([]strategies.Record, error) {
	f, err := Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading task records: %w", err)
	}
	raw, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("reading task records: %w", err)
	}
	if len(raw)%strategies.RecordSize != 0 {
		return nil, &fs.PathError{Op: "reading task records", Path: path, Err: fmt.Errorf("%d bytes are not a whole number of %d-byte records", len(raw), strategies.RecordSize)}
	}
	records := make([]strategies.Record, len(raw)/strategies.RecordSize)
	copy(Bytes(records), raw)
	return records, nil
}

// Bytes is the memory of the records, which on a little-endian machine is their format on disk.
func Bytes(records []strategies.Record) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(records))), len(records)*strategies.RecordSize)
}

// The sizes must agree, and memory must be little-endian, because records are read and written
// in their memory layout.
var (
	_ = [1]struct{}{}[unsafe.Sizeof(strategies.Record{})-strategies.RecordSize]
	_ = func() struct{} {
		one := uint16(1)
		if *(*byte)(unsafe.Pointer(&one)) != 1 {
			panic("fanbench needs a little-endian machine: task records are written in their memory layout")
		}
		return struct{}{}
	}()
)
