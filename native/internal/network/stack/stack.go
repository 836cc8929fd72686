// Package stack ends a guest's connections: it is a TCP/IP stack of its own for each guest, whose only
// device is the guest's wire, and in which every address is the stack's.
package stack

import (
	"fmt"
	"net/netip"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/wire"
)

// NIC is the number of the only device.
const NIC tcpip.NICID = 1

// Buffers of a connection, in bytes: what it begins with, and how far it may grow.
const (
	bufferSize = 512 << 10
	bufferMax  = 4 << 20
)

// timeWait is how long an ended connection is remembered. Nothing is late on a wire that is a socket.
const timeWait = time.Second

// Stack is one guest's.
type Stack struct {
	*stack.Stack
	endpoint *endpoint
}

// New makes the stack. The guard's addresses are the guest's and the gateway's.
func New(wire *wire.Wire, guard *frames.Guard, mtu uint32) (*Stack, error) {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	made := &Stack{Stack: s, endpoint: &endpoint{wire: wire, guest: guard.MAC, own: guard.Gateway, mtu: mtu}}
	if err := made.setUp(guard); err != nil {
		made.Close()
		return nil, err
	}
	return made, nil
}

// Deliver takes the frame, which the guard has let through.
func (s *Stack) Deliver(frame []byte) {
	dispatcher := s.endpoint.dispatcher.Load()
	if dispatcher == nil {
		return
	}
	kind := tcpip.NetworkProtocolNumber(frame[12])<<8 | tcpip.NetworkProtocolNumber(frame[13])
	packet := stack.NewPacketBuffer(stack.PacketBufferOptions{
		Payload: buffer.MakeWithData(frame[frames.HeaderSize:]),
	})
	(*dispatcher).DeliverNetworkPacket(kind, packet)
	packet.DecRef()
}

// Close ends every connection. The wire is closed before: it may hold up the stack's senders.
func (s *Stack) Close() { s.Destroy() }

func (s *Stack) setUp(guard *frames.Guard) error {
	if err := s.CreateNIC(NIC, s.endpoint); err != nil {
		return fmt.Errorf("make the device: %s", err)
	}
	// Packets to any address are taken, and answered from it.
	if err := s.SetPromiscuousMode(NIC, true); err != nil {
		return fmt.Errorf("take every address: %s", err)
	}
	if err := s.SetSpoofing(NIC, true); err != nil {
		return fmt.Errorf("answer from every address: %s", err)
	}
	for _, address := range guard.Gateways {
		number, full := Protocol(address), Address(address)
		if err := s.AddProtocolAddress(NIC, tcpip.ProtocolAddress{Protocol: number, AddressWithPrefix: full.WithPrefix()}, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("add %s: %s", address, err)
		}
	}
	s.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: NIC}, {Destination: header.IPv6EmptySubnet, NIC: NIC},
	})
	return s.tune()
}

func (s *Stack) tune() error {
	sack, moderate := tcpip.TCPSACKEnabled(true), tcpip.TCPModerateReceiveBufferOption(true)
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: bufferSize, Max: bufferMax}
	send := tcpip.TCPSendBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: bufferSize, Max: bufferMax}
	wait := tcpip.TCPTimeWaitTimeoutOption(timeWait)
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &moderate, &receive, &send, &wait} {
		if err := s.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return fmt.Errorf("set %T: %s", option, err)
		}
	}
	return nil
}

// Address is an address in the stack's form.
func Address(address netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(address.AsSlice()) }

// Plain is an address of the stack's in the usual form.
func Plain(address tcpip.Address) netip.Addr {
	plain, _ := netip.AddrFromSlice(address.AsSlice())
	return plain
}

// Protocol is IPv4 or IPv6.
func Protocol(address netip.Addr) tcpip.NetworkProtocolNumber {
	if address.Is4() {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}
