//go:build !linux

package mockserver

import "errors"

// listenOn reports that this system cannot.
func listenOn(int, bool) error { return errors.ErrUnsupported }
