package child

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// logOf is the file after the children have written their texts, one after the other, each
// in pieces of that size.
func logOf(t *testing.T, piece int, children ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log")
	for _, text := range children {
		l, err := OpenLog(name)
		if err != nil {
			t.Fatal(err)
		}
		for rest := []byte(text); len(rest) > 0; {
			n, _ := l.Write(rest[:min(piece, len(rest))])
			rest = rest[n:]
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestALogKeepsHeadAndTail(t *testing.T) {
	whole := strings.Repeat("a", 2*keptLog)
	if got := logOf(t, 1000, whole[:10], whole[10:]); got != whole {
		t.Errorf("%d bytes of %d, which are as many as are kept", len(got), len(whole))
	}
	for _, piece := range []int{999, keptLog - 1, keptLog + 1, 1 << 30} {
		head, tail := strings.Repeat("h", keptLog), strings.Repeat("t", keptLog)
		got := logOf(t, piece, head+strings.Repeat("m", 5<<20)+tail)
		notice := strings.TrimSuffix(strings.TrimPrefix(got, head), tail)
		if len(notice) > 200 || !strings.Contains(notice, "5242880 bytes are left out here") {
			t.Errorf("pieces of %d: %d bytes between head and tail", piece, len(notice))
		}
	}
	// Many that write a lot have no more room than one.
	got := logOf(t, 1<<20, whole, whole, whole, "last words")
	if len(got) > 2*keptLog+1000 || !strings.HasSuffix(got, "last words") || !strings.Contains(got, "bytes are left out here") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-20:])
	}
}

func TestALogTellsWhatWasSaidSince(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("of another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLog(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.close() }()
	for _, text := range []string{"short", strings.Repeat("x", keptLog), "after the head", strings.Repeat("y", keptLog)} {
		mark := l.Mark()
		_, _ = l.Write([]byte(text))
		if got := l.Since(mark); got != text {
			t.Errorf("%d bytes of %d", len(got), len(text))
		}
	}
	mark := l.Mark()
	_, _ = l.Write(bytes.Repeat([]byte("z"), 10*keptLog))
	_, _ = l.Write([]byte("end"))
	if got := l.Since(mark); !strings.HasPrefix(got, "z") || !strings.HasSuffix(got, "zend") || len(got) > 2*keptLog {
		t.Errorf("%d bytes", len(got))
	}
}
