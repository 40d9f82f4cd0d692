package call

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/fanbench/fanbench/internal/quote"
)

// Means are what a Caller is given.
type Means struct {
	// Dial opens connections. It refuses those that may not be opened, and counts them; a
	// Caller that cannot use it counts them itself.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Opener creates the Caller of a call.
type Opener func(c Call, m Means) (Caller, error)

var openers sync.Map // Opener by kind

// RegisterCaller has calls of a kind made. Call it in an init function, in every process. It
// panics if the kind has a caller.
func RegisterCaller(kind string, open Opener) {
	if _, taken := openers.LoadOrStore(kind, open); taken {
		panic(fmt.Sprintf("call.RegisterCaller: %q is registered twice", kind))
	}
}

// LookUpCaller returns what makes calls of a kind.
func LookUpCaller(kind string) (Opener, error) {
	open, ok := openers.Load(kind)
	if !ok {
		return nil, fmt.Errorf("this program makes no %s calls; build the one that does by make full, and use bin/fanbench-full", quote.Plain(kind))
	}
	return open.(Opener), nil
}
