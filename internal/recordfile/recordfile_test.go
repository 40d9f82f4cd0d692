package recordfile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

func TestRecordsOutliveTheirMapping(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.rec")
	if err := Create(path, 1000); err != nil {
		t.Fatal(err)
	}
	records, closeRecords, err := Map(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	b := strategies.NewBatch(records, func(_ context.Context, i int, r *strategies.Record) error {
		r.Bytes = int64(i)
		return nil
	})
	b.Start()
	for i := range b.Tasks() {
		_ = b.Do(t.Context(), i)
	}
	if err := closeRecords(); err != nil {
		t.Fatal(err)
	}
	again, err := Read(path)
	if err != nil || len(again) != 1000 || again[999].Bytes != 999 || again[999].Outcome != strategies.OK {
		t.Errorf("got %d records, %v", len(again), err)
	}
	if err := Create(path, 1); err == nil {
		t.Error("a trial's records were overwritten")
	}
	if err := os.WriteFile(path, []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "not a whole number") {
		t.Errorf("got %v", err)
	}
}
