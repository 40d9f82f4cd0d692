package reports

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/fanbench/fanbench/reports/summary"
	"github.com/fanbench/fanbench/strategies"
)

// taskRow is a row of tasks.parquet: one task of one trial. Times are in nanoseconds since
// the trial's start.
type taskRow struct {
	Scenario string `parquet:"scenario,dict"`
	Strategy string `parquet:"strategy,dict"`
	Round    int32  `parquet:"round"` // negative for warm-up
	Task     int32  `parquet:"task"`
	Outcome  string `parquet:"outcome,dict"`
	Ready    int64  `parquet:"ready_ns"`
	Start    int64  `parquet:"start_ns"`   // 0 if it never started; likewise end_ns is 0 if it never ended
	End      int64  `parquet:"end_ns"`     //
	Queue    int64  `parquet:"queue_ns"`   // time in the server's queue, as reported by the server
	Service  int64  `parquet:"service_ns"` // service time, as reported by the server
	Bytes    int64  `parquet:"bytes"`      // payload received
	Runs     int32  `parquet:"runs"`       // number of starts
	Status   int32  `parquet:"http_status"`
	Error    string `parquet:"error,dict"`
}

// The writer holds a row group in memory: about 20 MB.
const (
	rowGroup = 128 << 10
	rowBatch = 1 << 12
)

// writeParquet writes all records of a run into one file. It skips unreadable records, which
// the summary reports.
func writeParquet(run *results.Run, path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing the task records: %w", err)
	}
	out := bufio.NewWriterSize(f, 1<<18)
	w := parquet.NewGenericWriter[taskRow](out, parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowGroup))
	rows := make([]taskRow, 0, rowBatch)
	flush := func() {
		if err == nil {
			_, err = w.Write(rows)
		}
		rows = rows[:0]
	}
	for _, t := range run.Trials {
		// The summary reports the error as a warning.
		_ = run.ScanRecords(t, func(task int, r *strategies.Record) {
			rows = append(rows, newTaskRow(t, task, r))
			if len(rows) == rowBatch {
				flush()
			}
		})
	}
	flush()
	if err = errors.Join(err, w.Close(), out.Flush(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return nil
}

func newTaskRow(t results.Trial, task int, r *strategies.Record) taskRow {
	text := ""
	if o := r.Load(); o != strategies.OK && o != strategies.Pending {
		text = summary.FaultText(t, r)
	}
	return taskRow{
		Scenario: t.Scenario, Strategy: t.Strategy, Round: int32(t.Round), Task: int32(task),
		Outcome: r.Load().String(), Ready: r.Ready, Start: r.Start, End: r.End, Queue: r.Queue, Service: r.Service,
		Bytes: r.Bytes, Runs: int32(r.Started()), Status: int32(r.Status), Error: text,
	}
}
