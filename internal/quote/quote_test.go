package quote

import (
	"strings"
	"testing"
)

func TestQuoting(t *testing.T) {
	long := strings.Repeat("é", MaxLength)
	for _, c := range []struct{ text, quoted, plain string }{
		{"plain", `"plain"`, "plain"},
		{"a \"b\" é", `"a \"b\" é"`, `a "b" é`},
		{"\x1b[31mred\r\n\x00", `"\x1b[31mred\r\n\x00"`, `\x1b[31mred\r\n\x00`},
		{"\xff\u009b\u202e", `"\xff\u009b\u202e"`, `\xff\u009b\u202e`},
		{long, `"` + long + `"`, long},
		{long + "x", `"` + long + `"...`, long + "..."},
	} {
		if got := Text(c.text); got != c.quoted {
			t.Errorf("%q quoted: %s, want %s", c.text, got, c.quoted)
		}
		if got := Plain(c.text); got != c.plain {
			t.Errorf("%q plain: %s, want %s", c.text, got, c.plain)
		}
	}
}
