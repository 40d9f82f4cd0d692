package bench

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func FuzzMessage(f *testing.F) {
	f.Add("trial", "a\tb\nc\\n\r")
	f.Add("", `\`)
	f.Fuzz(func(t *testing.T, verb, value string) {
		if strings.ContainsAny(verb, "\t\n\r") {
			t.Skip("verbs are ours")
		}
		var b bytes.Buffer
		if err := writeMessage(&b, verb, "text", value, "n", 7); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 1 {
			t.Fatalf("%d lines", n)
		}
		m, err := readMessage(bufio.NewReader(&b))
		if err != nil {
			t.Fatal(err)
		}
		if m.verb != verb || m.fields["text"] != value || m.int("n", &err) != 7 || err != nil {
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
		if _, err := readMessage(bufio.NewReader(strings.NewReader(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	m := message{verb: "done", fields: map[string]string{"n": "many"}}
	var err error
	if m.int("n", &err); err == nil {
		t.Error("a field that is not a number is no error")
	}
	if err := ServeWorker(strings.NewReader("dance\n"), io.Discard, nil); err == nil || !strings.Contains(err.Error(), "unknown verb") {
		t.Errorf("got %v", err)
	}
}

func TestALineThatIsTooLong(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	if _, err := readMessage(bufio.NewReaderSize(strings.NewReader(long), maxLine)); !errors.Is(err, errLongLine) {
		t.Errorf("got %v", err)
	}
	if m, err := readMessage(bufio.NewReaderSize(strings.NewReader(long[1:]+"\n"), maxLine)); err != nil || m.verb != long[1:] {
		t.Errorf("got %d bytes, %v", len(m.verb), err)
	}
	if err := writeMessage(io.Discard, "open", "url", long); !errors.Is(err, errLongLine) {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerWithoutEnd(t *testing.T) {
	for _, line := range []string{"sample\tat_ns=1\n", "fault\ttext=x\n"} {
		r := bufio.NewReaderSize(strings.NewReader(strings.Repeat(line, maxAnswer+1)+"done\n"), maxLine)
		if _, err := readReport(r, func(Inside) {}); err == nil || !strings.Contains(err.Error(), "more than 10000 lines") {
			t.Errorf("got %v", err)
		}
	}
}

func TestForeignTextIsCutAndPrintable(t *testing.T) {
	red := "\x1b[31m" + strings.Repeat("x", 2*maxError)
	var b strings.Builder
	if err := errors.Join(writeMessage(&b, "fault", "text", red), writeMessage(&b, "done", "error", red)); err != nil {
		t.Fatal(err)
	}
	rep, err := readReport(bufio.NewReaderSize(strings.NewReader(b.String()), maxLine), nil)
	if err != nil {
		t.Fatal(err)
	}
	trial := Trial{Faults: rep.faults, Error: rep.err}
	trial.judge(nil)
	for _, text := range append(trial.Faults, trial.Error) {
		if strings.Contains(text, "\x1b") || !strings.HasPrefix(text, `\x1b[31mxx`) || len(text) > maxError+100 {
			t.Errorf("%d bytes: %.40q", len(text), text)
		}
	}
	_, err = readReport(bufio.NewReaderSize(strings.NewReader(red[:1000]+"\n"), maxLine), nil)
	if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("got %v", err)
	}
}
