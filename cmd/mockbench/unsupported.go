//go:build !linux

// Command mockbench measures how precisely servers inject latency. It needs Linux, whose
// kernel timestamps received data.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "mockbench: needs Linux, whose kernel timestamps received data")
	os.Exit(1)
}
