package charts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/reports/internal/charts"
)

func TestEveryChartIsExplained(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reading-reports.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range charts.All {
		if !strings.Contains(string(text), "(`<scenario>-"+c.Name+"`)") && !strings.Contains(string(text), "(`"+c.Name+"`)") {
			t.Errorf("docs/reading-reports.md does not explain the chart %s", c.Name)
		}
	}
}
