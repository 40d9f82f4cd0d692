//go:build !linux

package mockserver

import "errors"

// loopSupported returns why the loop cannot serve on this system.
func loopSupported() error { return errors.New("the event loop needs Linux") }

func startLoop(Config, *model) (engine, error) { return nil, loopSupported() }
