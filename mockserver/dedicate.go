package mockserver

import "runtime"

// Dedicate makes this process a server for the rest of its life: it raises GOMAXPROCS by
// one, so that servers started from now on have an event loop for every processor. In
// a process that does other work beside, leave it: then the loops are one fewer than
// GOMAXPROCS, and one processor is always there for the rest of the program.
func Dedicate() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) }
