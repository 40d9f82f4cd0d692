package cmd

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/fanbench/fanbench/internal/doctor"
)

var doctorFormats = formats[*doctor.Diagnosis]{"text": doctorText, "json": writeJSON[*doctor.Diagnosis]}

// doctorText writes a diagnosis for people: a line per finding, with its advice below.
func doctorText(w io.Writer, d *doctor.Diagnosis) error {
	var b strings.Builder
	e := d.Environment
	fmt.Fprintf(&b, "%s, %d CPUs, %s %s, %s\n\n", cmp.Or(e.CPU, "unknown"), e.CPUs, e.OS, cmp.Or(e.Kernel, "unknown"), e.Go)
	count := map[doctor.Level]int{}
	for _, f := range d.Findings {
		count[f.Level]++
		fmt.Fprintf(&b, "%-8s %-24s %s\n", f.Level, f.Name, f.Figure)
		if f.Advice != "" {
			fmt.Fprintf(&b, "%-8s %-24s -> %s\n", "", "", f.Advice)
		}
	}
	switch {
	case count[doctor.Unfit] > 0:
		fmt.Fprintf(&b, "\nThis machine is not fit to measure on as it is: %d problems.\n", count[doctor.Unfit])
	case count[doctor.Unusual] > 0:
		fmt.Fprintf(&b, "\nFit to measure ratios, with %d reservations.\n", count[doctor.Unusual])
	default:
		fmt.Fprintln(&b, "\nFit to measure.")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
