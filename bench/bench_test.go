package bench

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// BenchmarkRecord is the price of recording a task, in the mapped file of a trial:
// recorded less bare.
func BenchmarkRecord(b *testing.B) {
	const tasks = 1 << 16
	path := filepath.Join(b.TempDir(), "x.rec")
	if err := recordfile.Create(path, tasks); err != nil {
		b.Fatal(err)
	}
	records, closeRecords, err := recordfile.Map(path, tasks)
	if err != nil {
		b.Fatal(err)
	}
	defer closeRecords()
	ctx := context.Background()
	task := strategies.Task(func(context.Context, int, *strategies.Record) error { return nil })
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_ = task(ctx, i%tasks, &records[i%tasks])
		}
	})
	b.Run("recorded", func(b *testing.B) {
		b.ReportAllocs()
		batch := strategies.NewBatch(records, task)
		batch.Start()
		for i := 0; b.Loop(); i++ {
			r := &records[i%tasks]
			r.Runs = 0 // as if it had not been run
			_ = batch.Do(ctx, i%tasks)
		}
	})
}
