package ports

import (
	"context"
	"errors"
	"io"
	"net"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/accept"
)

const chunkBytes = 64 << 10

// accept serves one listener until ctx ends. Without a free slot it accepts no more: who comes then
// waits in the kernel.
func (t *Table) accept(ctx context.Context, listener net.Listener, guest uint32) {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	defer func() { _ = listener.Close() }()
	for conn := range accept.All(listener.Accept) {
		select {
		case t.slots <- struct{}{}:
		case <-ctx.Done():
			_ = conn.Close()
			return
		}
		go func() {
			defer func() { <-t.slots }()
			t.carry(ctx, conn.(*net.TCPConn), guest) // what "tcp" listens for
		}()
	}
}

// carry lives one connection. Each direction ends by itself; a break of either end breaks the other.
func (t *Table) carry(ctx context.Context, conn *net.TCPConn, guest uint32) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { _ = conn.Close() }()
	// Closed before the copying ends, when something broke: the client must not take it for an end.
	broken := func() {
		_ = conn.SetLinger(0)
		_ = conn.Close()
		cancel()
	}
	stop := context.AfterFunc(ctx, broken)
	server, err := t.dial(ctx, &agentv1.DialTarget{Address: &agentv1.DialTarget_TcpPort{TcpPort: guest}})
	if err != nil {
		broken()
		return
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		if forward(server, conn) != nil {
			broken()
		}
	}()
	if server.connected() != nil || backward(conn, server) != nil {
		broken()
	}
	<-heard
	stop()
	if ctx.Err() == nil {
		server.settle(cancel)
	}
}

// forward carries what the client says.
func forward(server *line, conn *net.TCPConn) error {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			if err := server.say(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return server.end()
		}
		if err != nil {
			return err
		}
	}
}

// backward carries what the server says.
func backward(conn *net.TCPConn, server *line) error {
	for {
		data, err := server.hear()
		if errors.Is(err, io.EOF) {
			return conn.CloseWrite()
		}
		if err != nil {
			return err
		}
		if _, err := conn.Write(data); err != nil {
			return err
		}
	}
}
