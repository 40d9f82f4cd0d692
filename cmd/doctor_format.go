package cmd

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
)

var doctorFormats = formats[*doctor.Diagnosis]{"text": doctorText, "json": writeJSON[*doctor.Diagnosis]}

// doctorText writes a diagnosis for people: a line per finding, with its advice below.
func doctorText(w io.Writer, d *doctor.Diagnosis) error {
	on := screen.Of(w)
	var b strings.Builder
	e := d.Environment
	fmt.Fprintf(&b, "%s\n\n", on.Wrap(fmt.Sprintf("%s, %d CPUs, %s %s, %s", cmp.Or(e.CPU, "unknown"), e.CPUs, e.OS, cmp.Or(e.Kernel, "unknown"), e.Go)))
	count := map[doctor.Level]int{}
	for _, f := range d.Findings {
		count[f.Level]++
		head, figure := fmt.Sprintf("%-8s %-24s ", f.Level, f.Name), f.Figure
		if on.Width < screen.Usual { // too narrow for a column of names
			head, figure = fmt.Sprintf("%-8s ", f.Level), f.Name+": "+f.Figure
		}
		fmt.Fprintln(&b, on.Hang(head, figure))
		if f.Advice != "" {
			fmt.Fprintln(&b, on.Hang(strings.Repeat(" ", len(head))+"-> ", f.Advice))
		}
	}
	switch {
	case count[doctor.Unfit] > 0:
		fmt.Fprintf(&b, "\n%s\n", on.Wrap(fmt.Sprintf("This machine is not fit to measure on as it is: %s.", quantity.Counted(float64(count[doctor.Unfit]), "problem"))))
	case count[doctor.Unusual] > 0:
		fmt.Fprintf(&b, "\nFit to measure ratios, with %s.\n", quantity.Counted(float64(count[doctor.Unusual]), "reservation"))
	default:
		fmt.Fprintln(&b, "\nFit to measure.")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
