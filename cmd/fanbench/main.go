// Command fanbench compares concurrency strategies on the same batch of tasks. See
// `fanbench help` and docs/.
package main

import (
	"os"

	"github.com/fanbench/fanbench/cmd"
)

func main() { os.Exit(cmd.Main()) }
