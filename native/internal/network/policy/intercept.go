package policy

import (
	"context"
	"net"
)

// Interceptor stands between a guest and what it reaches over TCP. It is asked after Decide, once for
// each connection, and before anything is dialled.
type Interceptor interface {
	// Wants tells whether the connection is to be handed to Serve.
	Wants(Sandbox, Destination) bool
	// Serve owns guest, whose connection is accepted, until it returns. dial reaches the destination that
	// was decided on and nothing else; it may never be called, and may be called again.
	Serve(ctx context.Context, sandbox Sandbox, to Destination, guest net.Conn, dial func(context.Context) (net.Conn, error))
}
