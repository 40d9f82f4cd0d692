package reports

import (
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/internal/charts"
	"github.com/fanbench/fanbench/reports/summary"
)

// drawing is a chart as a file.
type drawing struct {
	path string // relative to the run directory, with forward slashes
	data []byte
}

// drawCharts draws every chart for which the run has data, several in parallel, in the given
// formats and resolution. folder is their destination.
func drawCharts(s *summary.Run, theme figure.Theme, folder string, formats []string, dpi int) ([]*drawing, error) {
	var out []*drawing
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, pic := range charts.Pictures(s, charts.NewPalette(s, theme)) {
		for _, format := range formats {
			d := &drawing{path: folder + "/" + pic.File() + "." + format}
			out = append(out, d)
			g.Go(func() error {
				var err error
				d.data, err = pic.Figure.Encode(theme, format, dpi)
				return err
			})
		}
	}
	return out, g.Wait()
}
