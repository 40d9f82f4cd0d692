package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// keptLog is the size of the kept beginning and of the kept end of a log, in bytes. The
// middle is dropped, so that a strategy that prints without end does not fill the disk.
const keptLog = 512 << 10

// Log keeps the beginning and the end of a child's stderr in a file. The beginning is in the
// file at once, the end after Close. Several children may use one file in turn; the limits
// are those of the file.
type Log struct {
	mu    sync.Mutex
	file  *os.File
	head  int64  // bytes of the head, in the file
	tail  []byte // what came last, up to twice keptLog
	total int64  // bytes that went into head, tail and what was left out between them
}

// OpenLog opens or creates the file, and continues at its end.
func OpenLog(name string) (*Log, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening its log: %w", err)
	}
	l := &Log{file: f}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("opening its log: %w", errors.Join(err, f.Close()))
	}
	l.head = int64(min(len(text), keptLog))
	l.tail = text[l.head:] // written again when this log is closed
	l.total = int64(len(text))
	return l, nil
}

// Write never fails. A full disk is reported where results are written.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(text)
	l.total += int64(n)
	if room := keptLog - l.head; room > 0 {
		part := text[:min(room, int64(n))]
		_, _ = l.file.WriteAt(part, l.head)
		l.head += int64(len(part))
		text = text[len(part):]
	}
	if len(text) >= keptLog {
		l.tail, text = l.tail[:0], text[len(text)-keptLog:]
	}
	l.tail = append(l.tail, text...)
	if len(l.tail) > 2*keptLog {
		l.tail = append(l.tail[:0], l.tail[len(l.tail)-keptLog:]...)
	}
	return n, nil
}

// Mark is a position in the log.
func (l *Log) Mark() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// Since returns the text after the mark, as far as it is kept.
func (l *Log) Since(mark int64) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var text []byte
	if mark < l.head {
		text = make([]byte, l.head-mark)
		n, _ := l.file.ReadAt(text, mark) // what cannot be read is not said
		text = text[:n]
	}
	tailAt := l.total - int64(len(l.tail))
	return string(append(text, l.tail[min(max(mark-tailAt, 0), int64(len(l.tail))):]...))
}

func (l *Log) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := l.tail[max(0, len(l.tail)-keptLog):]
	if left := l.total - l.head - int64(len(tail)); left > 0 {
		tail = append(fmt.Appendf(nil, "\n[fanbench: %d bytes are left out here; a log keeps its first and its last %d KiB]\n", left, keptLog>>10), tail...)
	}
	_, err := l.file.WriteAt(tail, l.head)
	return errors.Join(err, l.file.Truncate(l.head+int64(len(tail))), l.file.Close())
}

func (l *Log) Name() string { return l.file.Name() }
