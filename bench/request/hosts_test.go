package request

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHostsFromData(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts.csv")
	if err := os.WriteFile(file, []byte("host\na\nb.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := ReadRows(file)
	if err != nil {
		t.Fatal(err)
	}
	f := Filler{Rows: rows}
	for text, want := range map[string][]string{
		"http://{host}:80/{task}": {"http://a:80/0", "http://b.example:80/1"},
		"http://c/{host}":         {"http://c/{host}"},
		"http://{hots}/":          {"http://{hots}/"},
	} {
		if err := CheckURL(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, f.Hosts(text)); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
	for _, text := range []string{"ftp://{host}/", "http://", "{url}"} {
		if CheckURL(text) == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}
