package forward

import (
	"context"
	"net"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/stack"
)

// connect decides about one connection. What may not be, or cannot, is refused at once, as by a host
// that does not listen.
func (f *Forwarder) connect(request *tcp.ForwarderRequest) {
	id := request.ID()
	to, decision := f.guest.Ask(policy.TCP, netip.AddrPortFrom(stack.Plain(id.LocalAddress), id.LocalPort))
	if !decision.Allow || !f.enter(&f.connections, f.limits.Connections) {
		request.Complete(true)
		return
	}
	defer f.connections.Add(-1)
	f.Counters.Connections.Add(1)
	if f.interceptor != nil && f.interceptor.Wants(f.guest.Sandbox(), to) {
		f.intercept(request, to)
		return
	}
	host, err := f.dial(f.ctx, to)
	if err != nil {
		request.Complete(true)
		return
	}
	defer host.Close()
	queue := &waiter.Queue{}
	guest, ok := accept(request, queue)
	if !ok {
		return
	}
	pump(f.ctx, &half{guest, queue}, host)
}

// intercept hands the connection over, accepted and with nothing dialled.
func (f *Forwarder) intercept(request *tcp.ForwarderRequest, to policy.Destination) {
	queue := &waiter.Queue{}
	guest, ok := accept(request, queue)
	if !ok {
		return
	}
	conn := gonet.NewTCPConn(queue, guest)
	defer conn.Close()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	unhook := context.AfterFunc(ctx, guest.Abort)
	defer unhook()
	f.interceptor.Serve(ctx, f.guest.Sandbox(), to, conn, func(ctx context.Context) (net.Conn, error) {
		return f.dial(ctx, to)
	})
}

func (f *Forwarder) dial(ctx context.Context, to policy.Destination) (*net.TCPConn, error) {
	conn, err := f.dialer.DialContext(ctx, "tcp", outside(to).String())
	if err != nil {
		return nil, err
	}
	host, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, net.UnknownNetworkError(conn.RemoteAddr().Network())
	}
	return host, nil
}

// accept answers the guest's first packet.
func accept(request *tcp.ForwarderRequest, queue *waiter.Queue) (tcpip.Endpoint, bool) {
	endpoint, err := request.CreateEndpoint(queue)
	// A guest that has thought better of it gets no answer.
	request.Complete(false)
	if err != nil {
		return nil, false
	}
	// What the other side sends is on its way already, in pieces of its own.
	endpoint.SocketOptions().SetDelayOption(false)
	return endpoint, true
}
