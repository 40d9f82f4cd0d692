package scenario

import (
	"fmt"

	"github.com/fanbench/fanbench/internal/quote"
)

// Connections is what happens to a worker's connections between trials.
type Connections string

const (
	// ConnectionsWarm opens new connections before every trial, outside of the measurement:
	// as many to each host as the strategy runs tasks at once.
	//
	// This is the default. Where a connection lies (which of the server's threads, which
	// core, which memory) makes all requests on it faster or slower by some tenths of a
	// percent. Connections that are kept for a run give each strategy its own luck for the
	// whole run, which no order of rounds averages out; docs/statistics.md has figures.
	ConnectionsWarm Connections = "warm"
	// ConnectionsCold makes every trial begin without a connection, so dialling is measured.
	ConnectionsCold Connections = "cold"
	// ConnectionsKept keeps connections between trials; the warm-up opens them.
	ConnectionsKept Connections = "kept"
)

// allConnections are the values of the option, the default first.
var allConnections = []Connections{ConnectionsWarm, ConnectionsCold, ConnectionsKept}

// ParseConnections reads the value of the option.
func ParseConnections(text string) (Connections, error) {
	for _, c := range allConnections {
		if text == string(c) {
			return c, nil
		}
	}
	return ConnectionsWarm, fmt.Errorf("%s: want warm, cold or kept", quote.Text(text))
}

// names are the values of an option as text.
func names[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return texts
}
