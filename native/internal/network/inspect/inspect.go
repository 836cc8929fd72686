// Package inspect looks at the first words of connections that were allowed because of a name: what
// begins TLS has to ask for a name that was resolved and is allowed.
package inspect

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"sandboxfile/native/internal/network/hello"
	"sandboxfile/native/internal/network/policy"
)

// Inspector is a policy.Interceptor.
type Inspector struct{}

// Wants tells whether a name decides.
func (Inspector) Wants(sandbox policy.Sandbox, to policy.Destination) bool {
	return sandbox.Rules != nil && to.Peer == nil && sandbox.Rules.ByName(to)
}

// Serve carries one connection. Nothing of the guest's goes out before it is confirmed; what the server
// says by itself comes in at once.
func (Inspector) Serve(ctx context.Context, sandbox policy.Sandbox, to policy.Destination, guest net.Conn, dial func(context.Context) (net.Conn, error)) {
	host, err := dial(ctx)
	if err != nil {
		return
	}
	defer host.Close()
	unhook := context.AfterFunc(ctx, func() { host.Close() })
	defer unhook()
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := io.Copy(guest, host); err != nil {
			guest.Close()
		}
		closeWrite(guest)
	})
	if err := forward(sandbox, to, guest, host); err != nil {
		guest.Close()
		host.Close()
	}
	both.Wait()
}

// Confirmed tells whether the connection may go on, once it has said which name it is for.
func Confirmed(sandbox policy.Sandbox, to policy.Destination, heard *hello.Conn) bool {
	if !heard.TLS || sandbox.Rules == nil || !sandbox.Rules.ByName(to) {
		return true
	}
	decision := sandbox.Rules.Confirm(to, heard.Name)
	if !decision.Allow && sandbox.Observer != nil {
		sandbox.Observer.Decided(sandbox, to, decision)
	}
	return decision.Allow
}

var errRefused = errors.New("the connection asks for another name")

// forward carries what the guest says, once that is known to be allowed.
func forward(sandbox policy.Sandbox, to policy.Destination, guest, host net.Conn) error {
	heard, err := hello.Read(guest)
	if errors.Is(err, io.EOF) {
		closeWrite(host)
		return nil
	}
	if err != nil {
		return err
	}
	if !Confirmed(sandbox, to, heard) {
		return errRefused
	}
	if _, err := io.Copy(host, heard); err != nil {
		return err
	}
	closeWrite(host)
	return nil
}

func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
