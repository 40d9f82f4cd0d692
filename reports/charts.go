package reports

import (
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/reports/charts"
	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// picture is a chart as a file.
type picture struct {
	scenario string
	chart    charts.Chart
	path     string // relative to the run directory, with forward slashes
	data     []byte
}

// drawCharts draws every chart that the run has something for, in the formats asked
// for, several at once.
func drawCharts(s *summary.Run, theme figure.Theme, formats []string) ([]*picture, error) {
	palette := charts.NewPalette(s, theme)
	var out []*picture
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, sc := range s.Scenarios {
		for _, chart := range charts.All {
			f, ok := chart.Figure(sc, palette)
			if !ok {
				continue
			}
			for _, format := range formats {
				pic := &picture{scenario: sc.Name, chart: chart, path: "charts/" + sc.Name + "-" + chart.Name + "." + format}
				out = append(out, pic)
				g.Go(func() error {
					var err error
					pic.data, err = f.Encode(theme, format)
					return err
				})
			}
		}
	}
	return out, g.Wait()
}
