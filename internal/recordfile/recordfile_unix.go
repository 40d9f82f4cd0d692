//go:build unix

package recordfile

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/strategies"
)

// Map maps a file of n records into shared memory, so that recorded data survive a crash of the
// process. It touches the pages, so that no trial has the cost.
func Map(path string, n int) (records []strategies.Record, closeRecords func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("opening task records: %w", err)
	}
	defer f.Close()
	raw, err := unix.Mmap(int(f.Fd()), 0, n*strategies.RecordSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("mapping task records: %s: %w", path, err)
	}
	records = unsafe.Slice((*strategies.Record)(unsafe.Pointer(unsafe.SliceData(raw))), n)
	for i := range records {
		atomic.AddUint32(&records[i].Runs, 0) // a write that changes nothing
	}
	return records, func() error { return unix.Munmap(raw) }, nil
}
