// Package forward reaches out for a guest: it takes the connections that end in the guest's stack, asks
// whether they may be, and only then opens their other half on the host.
package forward

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/stack"
)

// Limits are one guest's share.
type Limits struct {
	Connections int // TCP, those being made too
	Sessions    int // UDP
	Echoes      int // ICMP under way
}

// DefaultLimits are far above what programs need.
var DefaultLimits = Limits{Connections: 8192, Sessions: 2048, Echoes: 64}

const (
	// dialTime is how long the host may take to connect.
	dialTime = 30 * time.Second
	// dialing bounds the connections being made at once.
	dialing = 2048
)

// Guest is for whom is forwarded.
type Guest interface {
	// Ask decides about a destination before anything is sent there.
	Ask(protocol policy.Protocol, to netip.AddrPort) (policy.Destination, policy.Decision)
	// Sandbox is who the guest is.
	Sandbox() policy.Sandbox
}

// Forwarder is one guest's.
type Forwarder struct {
	ctx         context.Context
	guest       Guest
	stack       *stack.Stack
	limits      Limits
	interceptor policy.Interceptor
	dialer      net.Dialer
	answer      func(frame []byte) // sends a frame to the guest
	guard       *frames.Guard

	connections, sessions, echoes atomic.Int64
	Counters                      Counters
}

// Counters count for ever.
type Counters struct {
	Connections, Sessions, Echoes atomic.Uint64
	// Full were refused because a limit was reached.
	Full atomic.Uint64
}

// Options are what a Forwarder works with.
type Options struct {
	Guest       Guest
	Stack       *stack.Stack
	Guard       *frames.Guard
	Limits      Limits
	Interceptor policy.Interceptor // nil: none
	Answer      func(frame []byte)
}

// Start takes what the stack gets for any address that it has no socket for. The end of ctx ends
// what is under way.
func Start(ctx context.Context, options Options) *Forwarder {
	f := &Forwarder{
		ctx: ctx, guest: options.Guest, stack: options.Stack, limits: options.Limits,
		interceptor: options.Interceptor, answer: options.Answer, guard: options.Guard,
		dialer: net.Dialer{Timeout: dialTime},
	}
	tcpForwarder := tcp.NewForwarder(f.stack.Stack, 0, dialing, f.connect)
	f.stack.SetTransportProtocolHandler(tcp.ProtocolNumber, tcpForwarder.HandlePacket)
	udpForwarder := udp.NewForwarder(f.stack.Stack, f.associate)
	f.stack.SetTransportProtocolHandler(udp.ProtocolNumber, udpForwarder.HandlePacket)
	return f
}

// Open tells how many connections, sessions and echoes are under way.
func (f *Forwarder) Open() int64 {
	return f.connections.Load() + f.sessions.Load() + f.echoes.Load()
}

// enter counts one in, unless that is one too many.
func (f *Forwarder) enter(open *atomic.Int64, limit int) bool {
	if open.Add(1) > int64(limit) {
		open.Add(-1)
		f.Counters.Full.Add(1)
		return false
	}
	return true
}

// outside is where the host reaches a destination that was allowed.
func outside(to policy.Destination) netip.AddrPort {
	if !to.Host {
		return netip.AddrPortFrom(policy.Plain(to.Address), to.Port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), to.Port)
}
