package mockserver

import (
	"errors"

	"golang.org/x/sys/unix"
)

// backlog is how many connections the kernel may hold ready to be accepted; it has a
// limit of its own too (net.core.somaxconn).
const backlog = 4096

// listenOn makes a listening socket stop, so that the kernel refuses connections, or start
// again. It keeps its address, and accepted connections continue.
func listenOn(fd int, on bool) error {
	if on {
		return unix.Listen(fd, backlog)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return err
	}
	if err := unix.Shutdown(fd, unix.SHUT_RD); err != nil {
		return err
	}
	// A port that the kernel chose is given up with that, and anybody's to take.
	if err := unix.Bind(fd, sa); err != nil && !errors.Is(err, unix.EINVAL) {
		return errors.Join(err, unix.Listen(fd, backlog))
	}
	return nil
}
