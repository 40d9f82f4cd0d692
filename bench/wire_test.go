package bench

import (
	"bufio"
	"bytes"
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
