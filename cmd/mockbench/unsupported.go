//go:build !linux

// Command benchmark measures how precisely servers inject latency. It needs Linux,
// whose kernel stamps what it receives.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "benchmark: it needs Linux, whose kernel stamps what it receives")
	os.Exit(1)
}
