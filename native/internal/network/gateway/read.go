package gateway

import (
	"context"
	"net/netip"

	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/policy"
)

// read takes the guest's frames, one after the other, until the wire is closed.
func (s *station) read(ctx context.Context) {
	buffer := make([]byte, frames.MaxSize+1)
	for {
		n, err := s.wire.Read(buffer)
		if err != nil {
			return
		}
		// A guest that sends faster than it may waits.
		if s.pace.WaitN(ctx, n) != nil {
			return
		}
		if n > frames.MaxSize {
			s.counts.drop(frames.Malformed)
			continue
		}
		s.take(buffer[:n])
	}
}

// take finds a frame's way.
func (s *station) take(frame []byte) {
	packet, reason := s.guard.Check(frame)
	switch {
	case reason != "":
		s.counts.drop(reason)
	case packet.Type == frames.TypeARP, s.isGateway(packet):
		s.stack.Deliver(frame)
	case nowhere(packet.To):
		// A stack would drop it unasked.
		if protocol, ok := protocolOf(packet); ok {
			s.Ask(protocol, netip.AddrPortFrom(packet.To, packet.ToPort))
		}
	case s.toPeer(frame, packet):
	case packet.Echo():
		s.forward.Echo(packet)
	case packet.IsICMP():
		// Errors of the guest's about what it has been sent concern its own stack's connections only; the
		// stack, in which every address is its own, must not answer anything else.
		s.counts.drop(frames.Unknown)
	default:
		s.stack.Deliver(frame)
	}
}

// nowhere is an address that leads to nothing on any network, or a spelling that none carries.
func nowhere(address netip.Addr) bool {
	plain := policy.Plain(address)
	return address.Is4In6() || plain.IsLoopback() || plain.IsUnspecified()
}

func (s *station) isGateway(packet frames.Packet) bool {
	for _, own := range s.guard.Gateways {
		if packet.To == own {
			return true
		}
	}
	// Questions of neighbour discovery, of which the guard lets only those through.
	return packet.To.IsMulticast()
}

// toPeer passes a frame on to another sandbox, as it is, if it is for one that may have it. What is for
// one that may not goes into the guest's own stack, where it is refused.
func (s *station) toPeer(frame []byte, packet frames.Packet) bool {
	peer := s.gateway.find(packet.To, s)
	if peer == nil || peer == s {
		return false
	}
	if !s.gateway.flows.pass(s, peer, packet) {
		return false
	}
	frames.PutHeader(frame, peer.guard.MAC, peer.guard.Gateway, packet.Type)
	if !peer.wire.Offer(frame) {
		peer.counts.drop(frames.Overflow)
	}
	return true
}

// protocolOf is how the policy calls the packet's protocol.
func protocolOf(packet frames.Packet) (policy.Protocol, bool) {
	switch {
	case packet.Protocol == frames.TCP && packet.Whole():
		return policy.TCP, true
	case packet.Protocol == frames.UDP && packet.Whole():
		return policy.UDP, true
	case packet.IsICMP() && !packet.Fragment:
		return policy.ICMP, true
	}
	return "", false
}
