package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Text writes the diagnosis for people: a line a finding, its advice below.
func (d *Diagnosis) Text(w io.Writer) error {
	var b strings.Builder
	e := d.Environment
	fmt.Fprintf(&b, "%s, %d CPUs, %s %s, %s\n\n", orUnknown(e.CPU), e.CPUs, e.OS, orUnknown(e.Kernel), e.Go)
	count := map[Level]int{}
	for _, f := range d.Findings {
		count[f.Level]++
		fmt.Fprintf(&b, "%-8s %-24s %s\n", f.Level, f.Name, f.Figure)
		if f.Advice != "" {
			fmt.Fprintf(&b, "%-8s %-24s -> %s\n", "", "", f.Advice)
		}
	}
	switch {
	case count[Unfit] > 0:
		fmt.Fprintf(&b, "\nThis machine is not fit to measure on as it is: %d problems.\n", count[Unfit])
	case count[Unusual] > 0:
		fmt.Fprintf(&b, "\nFit to measure ratios, with %d reservations.\n", count[Unusual])
	default:
		fmt.Fprintln(&b, "\nFit to measure.")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// JSON writes all of the diagnosis.
func (d *Diagnosis) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
