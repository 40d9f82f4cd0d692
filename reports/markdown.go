package reports

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// markdown is the summary as a pull request shows it: summary.md.
func markdown(s *summary.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fanbench: %s\n", s.Run)
	if line := s.StatusLine(); line != "" {
		fmt.Fprintf(&b, "\n**%s**\n", line)
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n## %s\n\n%d tasks, %s, %d rounds.\n\n%s\n", sc.Name, sc.Tasks, sc.Target, sc.Rounds, rankedTable(sc).RenderMarkdown())
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).RenderMarkdown())
		}
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "\n- failed: %s\n", f)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "\n- warning: %s\n", w)
	}
	fmt.Fprintf(&b, "\nTo repeat: `%s`\n", strings.Join(s.Command, " "))
	return b.String()
}
