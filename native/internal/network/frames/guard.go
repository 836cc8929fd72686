// Package frames reads Ethernet frames of a guest, of which nothing can be trusted, and keeps those
// that the guest may send: from its own addresses, to somebody.
package frames

import (
	"net"
	"net/netip"
	"slices"
)

// Guard knows what a guest was given.
type Guard struct {
	MAC       [6]byte
	Addresses []netip.Addr
	Gateway   [6]byte
	Gateways  []netip.Addr // the gateway's own addresses
}

// Reason is why a frame is dropped; empty: it is not.
type Reason string

// Reasons.
const (
	Malformed      Reason = "malformed"
	ForeignMAC     Reason = "foreign MAC"     // a spoofed one, or to another than the gateway
	ForeignAddress Reason = "foreign address" // not one that the guest was given
	Multicast      Reason = "multicast"       // broadcasts too
	ARP            Reason = "ARP"             // not a question for the gateway's address
	NDP            Reason = "NDP"             // not a question for the gateway's address
	DHCP           Reason = "DHCP"            // nothing is given that way
	Unknown        Reason = "protocol"        // neither IP nor ARP
	Overflow       Reason = "overflow"        // from another sandbox, faster than this one takes them
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Malformed, ForeignMAC, ForeignAddress, Multicast, ARP, NDP, DHCP, Unknown, Overflow}
}

// Check reads a frame. The packet refers to it.
func (g *Guard) Check(frame []byte) (Packet, Reason) {
	if len(frame) < HeaderSize {
		return Packet{}, Malformed
	}
	to, from := [6]byte(frame), [6]byte(frame[6:])
	group := to[0]&1 != 0
	if from != g.MAC || to != g.Gateway && !group {
		return Packet{}, ForeignMAC
	}
	payload := frame[HeaderSize:]
	switch kind := EtherType(uint16(frame[12])<<8 | uint16(frame[13])); kind {
	case TypeARP:
		return Packet{Type: kind}, g.checkARP(payload)
	case TypeIPv4:
		return g.checkIPv4(payload, group)
	case TypeIPv6:
		return g.checkIPv6(payload, group)
	}
	return Packet{}, Unknown
}

// checkARP lets through a question about the gateway that tells the truth about who asks.
func (g *Guard) checkARP(body []byte) Reason {
	const (
		size     = 28
		request  = 1
		ethernet = 1
	)
	if len(body) < size {
		return Malformed
	}
	fixed := [8]byte{0, ethernet, 8, 0, 6, 4, 0, request}
	if [8]byte(body) != fixed || [6]byte(body[8:]) != g.MAC {
		return ARP
	}
	asker, about := netip.AddrFrom4([4]byte(body[14:])), netip.AddrFrom4([4]byte(body[24:]))
	if !slices.Contains(g.Addresses, asker) || !slices.Contains(g.Gateways, about) {
		return ARP
	}
	return ""
}

func (g *Guard) checkIPv4(body []byte, group bool) (Packet, Reason) {
	packet, ok := readIPv4(body)
	if !ok {
		return packet, Malformed
	}
	if packet.Protocol == UDP && packet.hasPorts && packet.ToPort == 67 {
		return packet, DHCP
	}
	return packet, g.checkIP(packet, group)
}

func (g *Guard) checkIPv6(body []byte, group bool) (Packet, Reason) {
	packet, ok := readIPv6(body)
	if !ok {
		return packet, Malformed
	}
	if packet.Protocol == UDP && packet.hasPorts && packet.ToPort == 547 {
		return packet, DHCP
	}
	if kind, ok := packet.ndp(); ok {
		const solicitation = 135
		asked := kind == solicitation && len(packet.Payload) >= 24 &&
			slices.Contains(g.Gateways, netip.AddrFrom16([16]byte(packet.Payload[8:24])))
		if !asked || !slices.Contains(g.Addresses, packet.From) {
			return packet, NDP
		}
		return packet, ""
	}
	return packet, g.checkIP(packet, group)
}

func (g *Guard) checkIP(packet Packet, group bool) Reason {
	switch {
	case group || packet.To.IsMulticast() || packet.To == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return Multicast
	case !slices.Contains(g.Addresses, packet.From):
		return ForeignAddress
	}
	return ""
}

// ParseMAC reads six bytes in hexadecimal.
func ParseMAC(text string) ([6]byte, error) {
	mac, err := net.ParseMAC(text)
	if err != nil {
		return [6]byte{}, err
	}
	if len(mac) != 6 {
		return [6]byte{}, &net.AddrError{Err: "not a MAC of six bytes", Addr: text}
	}
	return [6]byte(mac), nil
}
