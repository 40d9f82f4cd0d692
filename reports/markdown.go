package reports

import (
	"fmt"
	"strings"
)

// Markdown is the summary as a pull request shows it: summary.md.
func (s *Summary) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fanbench: %s\n", s.Run)
	if line := s.statusLine(); line != "" {
		fmt.Fprintf(&b, "\n**%s**\n", line)
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n## %s\n\n%d tasks, %s, %d rounds.\n\n%s\n", sc.Name, sc.Tasks, sc.Target, sc.Rounds, rankedTable(sc).RenderMarkdown())
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).RenderMarkdown())
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "\n- failed: %s\n", f)
	}
	fmt.Fprintf(&b, "\nTo repeat: `%s`\n", strings.Join(s.Command, " "))
	return b.String()
}
