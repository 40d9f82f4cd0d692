// Command manual writes the manual pages and the shell completions of fanbench, for packages.
//
//	go run ./cmd/manual DIR
package main

import (
	"fmt"
	"os"

	"github.com/fanbench/fanbench/cmd"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual DIR")
		os.Exit(2)
	}
	if err := cmd.WriteManual(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}
