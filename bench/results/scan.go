package results

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// ScanRecords calls visit with every task record of a trial, task 0 first. It holds one
// record at a time, so visit must not keep the pointer. If the records were altered, it
// calls visit for none and returns ErrDamaged.
func (r *Run) ScanRecords(t Trial, visit func(task int, record *strategies.Record)) error {
	path := filepath.Join(r.Dir, filepath.FromSlash(t.Records))
	if r.damaged[t.Records] {
		return fmt.Errorf("%s: %w", path, ErrDamaged)
	}
	f, err := recordfile.Open(path)
	if err != nil {
		return fmt.Errorf("reading task records: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<18)
	record := make([]strategies.Record, 1)
	for task := 0; ; task++ {
		switch _, err := io.ReadFull(in, recordfile.Bytes(record)); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading task records: %s: record %d: %w", path, task, err)
		}
		visit(task, &record[0])
	}
}

// ScanBatches is ScanRecords for the batches of a phase of load.
func (r *Run) ScanBatches(t Trial, visit func(batch int, record *strategies.Record)) error {
	t.Records = t.Batches
	return r.ScanRecords(t, visit)
}
