package recordfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fanbench/fanbench/strategies"
)

func TestPackedRecordsAreReadBack(t *testing.T) {
	for _, n := range []int{0, 10, 64, 5000} {
		path := filepath.Join(t.TempDir(), "x.rec")
		records := make([]strategies.Record, n)
		for i := range records {
			records[i] = strategies.Record{Start: int64(i), End: int64(3 * i), Bytes: 5, Runs: 1, Outcome: strategies.OK}
		}
		if err := CreateWith(path, records); err != nil {
			t.Fatal(err)
		}
		for range 2 { // what is packed stays so
			if err := Pack(path); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Read(path)
		if diff := cmp.Diff(records, got); diff != "" || err != nil {
			t.Errorf("%d records: %v\n%s", n, err, diff)
		}
		left, err := filepath.Glob(path + "*")
		want := path
		if n*strategies.RecordSize >= leastPacked {
			want += Packed
		}
		if err != nil || len(left) != 1 || left[0] != want {
			t.Errorf("%d records: there are %v, want %s", n, left, want)
		}
	}
}

func TestDamagedPackedRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.rec")
	if err := CreateWith(path, make([]strategies.Record, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := Pack(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path + Packed)
	if err != nil {
		t.Fatal(err)
	}
	altered := append([]byte{}, whole...)
	altered[len(altered)-2] ^= 1 // the checksum at its end
	for what, text := range map[string][]byte{"cut": whole[:len(whole)-6], "altered": altered, "something else": []byte("records"), "empty": nil} {
		if err := os.WriteFile(path+Packed, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if records, err := Read(path); err == nil && len(records) == 1000 {
			t.Errorf("%s: %d records were read", what, len(records))
		}
	}
}
