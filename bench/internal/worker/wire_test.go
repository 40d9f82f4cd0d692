package worker

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
)

func FuzzMessage(f *testing.F) {
	f.Add("trial", "a\tb\nc\\n\r")
	f.Add("", `\`)
	f.Fuzz(func(t *testing.T, verb, value string) {
		if strings.ContainsAny(verb, "\t\n\r") {
			t.Skip("verbs are ours")
		}
		var b bytes.Buffer
		if err := WriteMessage(&b, verb, "text", value, "n", 7); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 1 {
			t.Fatalf("%d lines", n)
		}
		m, err := ReadMessage(bufio.NewReader(&b))
		if err != nil {
			t.Fatal(err)
		}
		if m.Verb != verb || m.Fields["text"] != value || m.int("n", &err) != 7 || err != nil {
			t.Errorf("wrote %q %q, read %+v", verb, value, m)
		}
	})
}

func TestBadMessages(t *testing.T) {
	for text, want := range map[string]string{
		"":                "EOF",
		"done":            "unexpected EOF",
		"done\tnothing\n": "is not key=value",
	} {
		if _, err := ReadMessage(bufio.NewReader(strings.NewReader(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	m := Message{Verb: "done", Fields: map[string]string{"n": "many"}}
	var err error
	if m.int("n", &err); err == nil {
		t.Error("a field that is not a number is no error")
	}
	if err := Serve(strings.NewReader("dance\n"), io.Discard, nil); err == nil || !strings.Contains(err.Error(), "unknown verb") {
		t.Errorf("got %v", err)
	}
}

func TestALineThatIsTooLong(t *testing.T) {
	long := strings.Repeat("x", child.MaxLine)
	if _, err := ReadMessage(bufio.NewReaderSize(strings.NewReader(long), child.MaxLine)); !errors.Is(err, ErrLongLine) {
		t.Errorf("got %v", err)
	}
	if m, err := ReadMessage(bufio.NewReaderSize(strings.NewReader(long[1:]+"\n"), child.MaxLine)); err != nil || m.Verb != long[1:] {
		t.Errorf("got %d bytes, %v", len(m.Verb), err)
	}
	if err := WriteMessage(io.Discard, "open", "url", long); !errors.Is(err, ErrLongLine) {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerWithoutEnd(t *testing.T) {
	for _, line := range []string{"sample\tat_ns=1\n", "fault\ttext=x\n"} {
		r := bufio.NewReaderSize(strings.NewReader(strings.Repeat(line, maxAnswer+1)+"done\n"), child.MaxLine)
		if _, err := ReadReport(r, func(machine.RuntimeSample) {}); err == nil || !strings.Contains(err.Error(), "more than 10000 lines") {
			t.Errorf("got %v", err)
		}
	}
}

func TestForeignTextIsCutAndPrintable(t *testing.T) {
	red := "\x1b[31m" + strings.Repeat("x", 2*maxError)
	var b strings.Builder
	if err := errors.Join(WriteMessage(&b, "fault", "text", red), WriteMessage(&b, "done", "error", red)); err != nil {
		t.Fatal(err)
	}
	rep, err := ReadReport(bufio.NewReaderSize(strings.NewReader(b.String()), child.MaxLine), nil)
	if err != nil {
		t.Fatal(err)
	}
	trial := results.Trial{Faults: rep.Faults, Error: rep.Error}
	trial.Judge(nil)
	for _, text := range append(trial.Faults, trial.Error) {
		if strings.Contains(text, "\x1b") || !strings.HasPrefix(text, `\x1b[31mxx`) || len(text) > maxError+100 {
			t.Errorf("%d bytes: %.40q", len(text), text)
		}
	}
	_, err = ReadReport(bufio.NewReaderSize(strings.NewReader(red[:1000]+"\n"), child.MaxLine), nil)
	if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("got %v", err)
	}
}
