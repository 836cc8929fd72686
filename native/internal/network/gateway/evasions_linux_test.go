package gateway

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/frames"
)

// Numbers of IPv6's extension headers and of other protocols of IP.
const (
	hopByHop    = 0
	routing     = 43
	fragment    = 44
	nothingMore = 59
	options     = 60
)

// Pieces of packets, extension headers and protocols that are neither TCP, UDP nor ping lead nowhere that a whole
// packet would not lead to, and to other sandboxes not at all.
func TestPiecesAndExtensionHeaders(t *testing.T) {
	world := newWorld(t)
	gateway := New(Options{ResolvConf: world.resolvConf(t)})
	victim, _ := join(t, gateway, "victim", networkv1.Scope_SCOPE_GROUP, "g")
	victim.serveEcho(t, 80)
	audit := &auditor{}
	gateway.policy.Observer = audit
	guest, _ := join(t, gateway, "box", networkv1.Scope_SCOPE_PUBLIC, "g")
	lan4, lan6 := netip.MustParseAddr("192.168.77.9"), netip.MustParseAddr("fd00:1::9")
	public4, public6 := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("2606:4700::1111")
	world.taken()
	for _, to := range []netip.Addr{lan4, lan6, public4, public6, victim.own4, victim.own6, guest.own4, guest.own6} {
		for _, frame := range guest.evasions(to, lan6) {
			guest.send(frame)
		}
	}
	guest.send(guest.datagram(netip.AddrPortFrom(guest.own4, 80)))
	guest.send(guest.synPacket(netip.AddrPortFrom(guest.own6, 80)))
	guest.send(guest.echoRequest(guest.own4))
	guest.refused(t, netip.AddrPortFrom(lan4, 80))
	guest.flush(t)
	victim.flush(t)
	allowed := map[string]bool{target(17, public4, 80): true, target(17, public6, 80): true, target(6, public4, 80): true, target(6, public6, 80): true}
	// What was in pieces is put together before it is decided about.
	for name := range world.awaits(t, map[string]bool{target(17, public4, 80): true, target(17, public6, 80): true}) {
		if !allowed[name] {
			t.Errorf("left the host: %s", name)
		}
	}
	for _, name := range []string{"udp " + lan4.String(), "udp " + lan6.String(), "tcp " + lan6.String(), "tcp " + guest.own6.String()} {
		audit.awaitDenial(t, name)
	}
	for {
		select {
		case frame := <-victim.frames:
			if packet, _ := read(frame); packet.From == guest.own4 || packet.From == guest.own6 {
				t.Errorf("the other sandbox got %+v", packet)
			}
			continue
		default:
		}
		return
	}
}

// evasions are frames to port 80 of an address, by another way if that address has one.
func (g *guest) evasions(to, through netip.Addr) [][]byte {
	datagram := g.datagram(netip.AddrPortFrom(to, 80))
	syn := g.synPacket(netip.AddrPortFrom(to, 80))
	if to.Is4() {
		frames := append(g.pieces4(datagram), g.pieces4(syn)...)
		for _, protocol := range []uint8{4, 41, 47, 50, 51, 132} { // IP and IPv6 in IP, GRE, IPsec, SCTP
			frames = append(frames, g.packet(to, protocol, datagram[header.EthernetMinimumSize:]))
		}
		return frames
	}
	head := header.EthernetMinimumSize + header.IPv6MinimumSize
	padded := []byte{frames.UDP, 0, 1, 4, 0, 0, 0, 0}
	list := [][]byte{
		g.packet(to, hopByHop, append(padded, datagram[head:]...)),
		g.packet(to, options, append(padded, datagram[head:]...)),
		g.packet(to, options, append([]byte{frames.TCP, 0, 1, 4, 0, 0, 0, 0}, syn[head:]...)),
		g.packet(to, nothingMore, datagram[head:]),
		g.packet(to, 4, datagram[head:]), g.packet(to, 50, datagram[head:]), g.packet(to, 132, datagram[head:]),
	}
	// A source's route, by which somebody on the way would send it on to another one.
	route := append([]byte{frames.UDP, 2, 0, 1, 0, 0, 0, 0}, through.AsSlice()...)
	list = append(list, g.packet(to, routing, append(route, datagram[head:]...)))
	return append(append(list, g.pieces6(to, frames.UDP, datagram[head:])...), g.pieces6(to, frames.TCP, syn[head:])...)
}

// pieces4 cuts a frame's packet in two behind its ports.
func (g *guest) pieces4(frame []byte) [][]byte {
	const cut, more = 8, 1 << 13
	packet := header.IPv4(frame[header.EthernetMinimumSize:])
	to, protocol := netip.AddrFrom4(packet.DestinationAddress().As4()), packet.Protocol()
	first, second := g.packet(to, protocol, packet.Payload()[:cut]), g.packet(to, protocol, packet.Payload()[cut:])
	for i, piece := range [][]byte{first, second} {
		ip := header.IPv4(piece[header.EthernetMinimumSize:])
		ip.SetID(77 + uint16(protocol))
		binary.BigEndian.PutUint16(ip[6:], uint16(more-i*(more-1)))
		ip.SetChecksum(0)
		ip.SetChecksum(^ip.CalculateChecksum())
	}
	return [][]byte{first, second}
}

// pieces6 are a message in two, and in one that says it is a piece.
func (g *guest) pieces6(to netip.Addr, protocol uint8, message []byte) [][]byte {
	const cut = 8
	piece := func(number byte, offset uint16, part []byte) []byte {
		head := []byte{protocol, 0, 0, 0, 0, 0, 0, number}
		binary.BigEndian.PutUint16(head[2:], offset)
		return g.packet(to, fragment, append(head, part...))
	}
	return [][]byte{piece(protocol, 1, message[:cut]), piece(protocol, cut, message[cut:]), piece(protocol+1, 0, message)}
}
