// Package suggest writes the error for an unknown name: it lists the known names and suggests the
// one that was probably meant.
package suggest

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// Unknown returns an error such as
//
//	unknown strategy "errgruop"; did you mean "errgroup"? (known: errgroup, sequential)
//
// There is no guess if no known name is near.
func Unknown(what, name string, known []string) error {
	guess := ""
	if near := Nearest(name, known); near != "" {
		guess = fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return fmt.Errorf("unknown %s %s%s (none is known)", what, quote.Text(name), guess)
	}
	return fmt.Errorf("unknown %s %s%s (known: %s)", what, quote.Text(name), guess, strings.Join(known, ", "))
}

// longest is the maximum length of a name to compare, in bytes: longer ones are no typing errors.
const longest = 200

// Nearest returns the known name with the least edit distance from name, or "" if even that one
// differs in more than a third of its letters (and at least two).
func Nearest(name string, known []string) string {
	if len(name) > longest {
		return ""
	}
	best, bestDistance := "", 0
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if best == "" || d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if bestDistance > max(2, len(best)/3) || bestDistance >= len(best) {
		return ""
	}
	return best
}

// distance is the Damerau-Levenshtein distance (optimal string alignment): the number of
// insertions, deletions, substitutions and swaps of neighbours that turn a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
