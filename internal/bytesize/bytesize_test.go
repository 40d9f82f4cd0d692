package bytesize

import "testing"

func TestSizesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "512": 512, "64KiB": 64 << 10, "1.5kB": 1500, "2 MiB": 2 << 20, "1TB": 1e12,
	} {
		v, err := Parse(text)
		if err != nil || v != want {
			t.Errorf("%q: %d, %v", text, v, err)
		}
		if again, err := Parse(Format(v)); err != nil || again != v {
			t.Errorf("%q is written as %q and read as %d, %v", text, Format(v), again, err)
		}
	}
	for _, text := range []string{"", "x", "1.5B", "-1", "1e30", "5 apples", "NaN"} {
		if v, err := Parse(text); err == nil {
			t.Errorf("%q is read as %d", text, v)
		}
	}
}
