//go:build !linux

// Command loadbench measures how punctually load generators send. It needs Linux, whose
// kernel stamps what it receives.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "loadbench: it needs Linux, whose kernel stamps what it receives")
	os.Exit(1)
}
