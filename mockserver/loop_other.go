//go:build !linux

package mockserver

import (
	"errors"

	"github.com/fanbench/fanbench/mockserver/config"
)

// loopSupported returns why the loop cannot serve on this system.
func loopSupported() error { return errors.New("the event loop needs Linux") }

func startLoop(config.Config, *model) (engine, error) { return nil, loopSupported() }
