package secrets

import (
	"context"
	"net"
	"slices"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/hello"
	"sandboxfile/native/internal/network/inspect"
	"sandboxfile/native/internal/network/policy"
)

// Event is one use of a placeholder in what a sandbox sends.
type Event struct {
	Secret string
	Host   string
	Port   uint16
	// Reason is why the value was not put in; empty: it was.
	Reason string
}

// Observer is told of each. It must not block.
type Observer interface {
	SecretMet(Event)
}

// Interceptor is one sandbox's policy.Interceptor: of what is for a host that some secret is for it ends TLS
// and begins it anew. Everything else is the next one's.
type Interceptor struct {
	vault    *vault
	next     policy.Interceptor
	observer Observer
	proxy    *proxy
}

// New makes it. Neither next nor observer may be nil.
func New(wire *networkv1.Vault, next policy.Interceptor, observer Observer) (*Interceptor, error) {
	v, err := read(wire)
	if err != nil {
		return nil, err
	}
	return &Interceptor{vault: v, next: next, observer: observer, proxy: newProxy(v, observer)}, nil
}

// Close ends what it serves.
func (i *Interceptor) Close() { i.proxy.close() }

// Wants tells whether the connection may be one that a secret is for.
func (i *Interceptor) Wants(sandbox policy.Sandbox, to policy.Destination) bool {
	return i.concerns(to) || i.next.Wants(sandbox, to)
}

func (i *Interceptor) concerns(to policy.Destination) bool {
	return to.Peer == nil && i.vault.concerns(to.Names, to.Port)
}

// Serve carries one connection.
func (i *Interceptor) Serve(ctx context.Context, sandbox policy.Sandbox, to policy.Destination, guest net.Conn, dial func(context.Context) (net.Conn, error)) {
	if !i.concerns(to) {
		i.next.Serve(ctx, sandbox, to, guest, dial)
		return
	}
	heard, err := hello.Read(guest)
	if err != nil {
		return
	}
	switch {
	case !heard.TLS:
		inspect.Inspector{}.Serve(ctx, sandbox, to, i.listen(heard, to), dial)
	case slices.Contains(to.Names, heard.Name) && i.vault.isFor(heard.Name, to.Port):
		if inspect.Confirmed(sandbox, to, heard) {
			i.proxy.serve(ctx, heard, heard.Name, to.Port, dial)
		}
	default:
		inspect.Inspector{}.Serve(ctx, sandbox, to, heard, dial)
	}
}
