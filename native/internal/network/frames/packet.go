package frames

import (
	"encoding/binary"
	"net/netip"
)

// Sizes in bytes.
const (
	HeaderSize = 14
	// MaxSize is the largest frame: its IP packet has 65520 bytes.
	MaxSize = HeaderSize + 65520
)

// EtherType is what a frame carries.
type EtherType uint16

// Types.
const (
	TypeIPv4 EtherType = 0x0800
	TypeARP  EtherType = 0x0806
	TypeIPv6 EtherType = 0x86dd
)

// Protocols of IP.
const (
	ICMP   = 1
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
)

// Packet is what of an IP packet decides about its way.
type Packet struct {
	Type     EtherType
	From, To netip.Addr
	Protocol uint8 // of IPv6 the first header's, an extension's too
	// Fragment: it is only a part, and has no ports.
	Fragment bool
	// FromPort and ToPort are of TCP and UDP.
	FromPort, ToPort uint16
	// Payload is what follows the IP header.
	Payload []byte

	hasPorts bool
}

// Opens tells whether the packet begins a connection: TCP's first one.
func (p *Packet) Opens() bool {
	const (
		syn = 0x02
		ack = 0x10
	)
	return p.Protocol == TCP && p.hasPorts && len(p.Payload) >= 20 && p.Payload[13]&(syn|ack) == syn
}

// Whole tells whether everything that a decision needs is in the packet: ports of TCP and UDP.
func (p *Packet) Whole() bool { return !p.Fragment && p.hasPorts }

// Echo tells whether the packet is a whole echo request, ICMP's or ICMPv6's.
func (p *Packet) Echo() bool {
	const request4, request6 = 8, 128
	if p.Fragment || len(p.Payload) < 8 || p.Payload[1] != 0 {
		return false
	}
	return p.Type == TypeIPv4 && p.Protocol == ICMP && p.Payload[0] == request4 ||
		p.Type == TypeIPv6 && p.Protocol == ICMPv6 && p.Payload[0] == request6
}

// IsICMP tells whether the packet is ICMP of its version.
func (p *Packet) IsICMP() bool {
	return p.Type == TypeIPv4 && p.Protocol == ICMP || p.Type == TypeIPv6 && p.Protocol == ICMPv6
}

func readIPv4(body []byte) (Packet, bool) {
	packet := Packet{Type: TypeIPv4}
	const least = 20
	if len(body) < least || body[0]>>4 != 4 {
		return packet, false
	}
	header, total := int(body[0]&15)*4, int(binary.BigEndian.Uint16(body[2:]))
	if header < least || total < header || total > len(body) {
		return packet, false
	}
	const moreAndOffset = 0x3fff
	packet.Fragment = binary.BigEndian.Uint16(body[6:])&moreAndOffset != 0
	packet.Protocol = body[9]
	packet.From, packet.To = netip.AddrFrom4([4]byte(body[12:])), netip.AddrFrom4([4]byte(body[16:]))
	packet.Payload = body[header:total]
	packet.readPorts()
	return packet, true
}

func readIPv6(body []byte) (Packet, bool) {
	packet := Packet{Type: TypeIPv6}
	const header = 40
	if len(body) < header || body[0]>>4 != 6 {
		return packet, false
	}
	size := int(binary.BigEndian.Uint16(body[4:]))
	if header+size > len(body) {
		return packet, false
	}
	packet.Protocol = body[6]
	packet.From, packet.To = netip.AddrFrom16([16]byte(body[8:])), netip.AddrFrom16([16]byte(body[24:]))
	packet.Payload = body[header : header+size]
	packet.readPorts()
	return packet, true
}

func (p *Packet) readPorts() {
	if p.Fragment || p.Protocol != TCP && p.Protocol != UDP || len(p.Payload) < 8 {
		return
	}
	p.FromPort, p.ToPort = binary.BigEndian.Uint16(p.Payload), binary.BigEndian.Uint16(p.Payload[2:])
	p.hasPorts = true
}

// ndp is the kind of a message of neighbour discovery, or of multicast listeners, which ride on ICMPv6.
func (p *Packet) ndp() (kind uint8, ok bool) {
	if p.Protocol != ICMPv6 || len(p.Payload) < 4 {
		return 0, false
	}
	kind = p.Payload[0]
	return kind, kind >= 130 && kind <= 137 || kind == 143
}
