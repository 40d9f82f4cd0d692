package latency

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// readEmpirical reads a column of a CSV file with a header line, or an HDR histogram
// log (.hlog), whose intervals are added up. count is a further column that says how
// often each value was recorded. unit says what 1 is there, such as ms; without it the
// values carry units of their own, and a .hlog holds nanoseconds.
func readEmpirical(r *reader) (func(float64) float64, []argument) {
	file, hasFile := r.take("file")
	column, hasColumn := r.take("column")
	count, hasCount := r.take("count")
	unitText, hasUnit := r.take("unit")
	histogram := strings.HasSuffix(file, ".hlog")
	switch {
	case !hasFile || file == "":
		r.fail("", "give file, a .csv with its column or an .hlog")
	case histogram && hasColumn:
		r.fail("column", "a .hlog has no columns")
	case histogram && hasCount:
		r.fail("count", "a .hlog has no columns")
	case !histogram && !hasColumn:
		r.fail("", "give the column of %s", file)
	}
	parse := r.unit.parse
	if hasUnit {
		scale, err := r.unit.parse("1" + unitText)
		if err != nil {
			r.fail("unit", "%q is not a unit: %v", unitText, err)
		}
		parse = func(text string) (float64, error) {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0) || math.IsInf(v, 0) {
				return 0, fmt.Errorf("%q is not a number of at least zero", text)
			}
			return v * scale, nil
		}
	} else if histogram {
		parse = func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }
	}
	if len(r.errs) > 0 {
		return nil, nil
	}
	counts := map[float64]int64{}
	path, err := r.files.path(file)
	if err != nil {
		r.fail("file", "%v", err)
		return nil, nil
	}
	if err := readRecording(path, column, count, func(text string, n int64) error {
		v, err := parse(text)
		counts[v] += n
		return err
	}); err != nil {
		r.fail("file", "%v", err)
		return nil, nil
	}
	if len(counts) == 0 {
		r.fail("file", "%s holds no values", path)
		return nil, nil
	}
	r.recording = newRecording(path, counts)
	canonical := []argument{{key: "file", text: file}}
	for _, a := range []struct {
		argument
		given bool
	}{
		{argument{key: "column", text: column}, hasColumn},
		{argument{key: "count", text: count}, hasCount},
		{argument{key: "unit", text: unitText}, hasUnit},
	} {
		if a.given {
			canonical = append(canonical, a.argument)
		}
	}
	return r.recording.quantile, canonical
}
