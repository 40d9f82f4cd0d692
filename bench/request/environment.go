package request

import (
	"os"
	"regexp"
)

// variable is an environment variable in a text.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Variables returns the names of the environment variables in a text: ${NAME} stands for one.
func Variables(text string) (names []string) {
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// Expand fills in the environment variables of a text. It is for the process that uses it: the
// values are secrets.
func Expand(text string) string {
	return variable.ReplaceAllStringFunc(text, func(v string) string { return os.Getenv(variable.FindStringSubmatch(v)[1]) })
}
