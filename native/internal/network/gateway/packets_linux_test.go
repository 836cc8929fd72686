package gateway

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/lease"
)

// send puts a frame on the wire as it is.
func (g *guest) send(frame []byte) { _ = g.wire.Write(frame) }

// awaitRefusal returns when the gateway says that nobody listens there.
func (g *guest) awaitRefusal(t testing.TB, to netip.Addr) {
	t.Helper()
	if !g.awaits(func(frame []byte) bool { return refused(frame, to) }) {
		t.Errorf("udp to %s is not refused", to)
	}
}

// refused tells whether the frame says that a packet to this address found nobody: that packet is in the
// message, from its header on.
func refused(frame []byte, to netip.Addr) bool {
	payload, kind, destination := frame[frames.HeaderSize+header.IPv4MinimumSize:], byte(3), 16
	if to.Is6() {
		payload, kind, destination = frame[frames.HeaderSize+header.IPv6MinimumSize:], 1, 24
	}
	const message = 8
	address := to.AsSlice()
	return len(payload) >= message+destination+len(address) && payload[0] == kind &&
		slices.Equal(payload[message+destination:][:len(address)], address)
}

// flush returns when the gateway has taken everything that was sent before, and acted on it.
func (g *guest) flush(t testing.TB) {
	t.Helper()
	conn, err := g.dialUDP(netip.AddrPortFrom(lease.Gateway4, namePort))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := g.ask(conn, g.name, dnsmessage.TypeA); err != nil {
		t.Fatal(err)
	}
}

// resolve asks for all addresses of a name.
func (g *guest) resolve(t testing.TB, name string) (found []netip.Addr) {
	t.Helper()
	conn, err := g.dialUDP(netip.AddrPortFrom(lease.Gateway4, namePort))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		message, err := g.ask(conn, name, kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, answer := range message.Answers {
			switch body := answer.Body.(type) {
			case *dnsmessage.AResource:
				found = append(found, netip.AddrFrom4(body.A))
			case *dnsmessage.AAAAResource:
				found = append(found, netip.AddrFrom16(body.AAAA))
			}
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found
}

func (g *guest) ask(conn net.Conn, name string, kind dnsmessage.Type) (*dnsmessage.Message, error) {
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name + "."), Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := query.Pack()
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 4096)
	for deadline := time.Now().Add(patience); ; {
		// A question that was lost is asked again, as every client does it.
		if err := conn.SetDeadline(time.Now().Add(againTime)); err != nil {
			return nil, err
		}
		if _, err := conn.Write(packed); err != nil {
			return nil, err
		}
		n, err := conn.Read(buffer)
		if err == nil {
			answer := &dnsmessage.Message{}
			return answer, answer.Unpack(buffer[:n])
		}
		if time.Now().After(deadline) {
			return nil, err
		}
	}
}

// againTime is longer than the gateway may take to answer, see dns: the answer to a question that is asked twice
// would be taken for the next one's.
const againTime = 12 * time.Second

// listenEcho serves on the host's loopback until the test ends.
func listenEcho(t testing.TB) (port uint16) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	serveEcho(listener)
	return netip.MustParseAddrPort(listener.Addr().String()).Port()
}

// serveEcho serves until the listener is closed.
func serveEcho(listener net.Listener) {
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
}

// packet is a frame to the gateway with this transport message.
func (g *guest) packet(to netip.Addr, protocol uint8, message []byte) []byte {
	return g.packetFrom(g.guard.MAC, g.from(to), to, protocol, message)
}

func (g *guest) packetFrom(mac [6]byte, from, to netip.Addr, protocol uint8, message []byte) []byte {
	kind, head := frames.TypeIPv4, make([]byte, header.IPv4MinimumSize)
	if to.Is4() {
		header.IPv4(head).Encode(&header.IPv4Fields{
			TotalLength: uint16(len(head) + len(message)), TTL: 64, Protocol: protocol,
			SrcAddr: tcpip.AddrFromSlice(from.AsSlice()), DstAddr: tcpip.AddrFromSlice(to.AsSlice()),
		})
		header.IPv4(head).SetChecksum(^header.IPv4(head).CalculateChecksum())
	} else {
		kind, head = frames.TypeIPv6, make([]byte, header.IPv6MinimumSize)
		header.IPv6(head).Encode(&header.IPv6Fields{
			PayloadLength: uint16(len(message)), TransportProtocol: tcpip.TransportProtocolNumber(protocol), HopLimit: 64,
			SrcAddr: tcpip.AddrFromSlice(from.AsSlice()), DstAddr: tcpip.AddrFromSlice(to.AsSlice()),
		})
	}
	frame := make([]byte, frames.HeaderSize)
	frames.PutHeader(frame, g.guard.Gateway, mac, kind)
	return append(append(frame, head...), message...)
}

// echoRequest asks whether an address is there. Nobody on the way looks at its checksum.
func (g *guest) echoRequest(to netip.Addr) []byte {
	message := []byte{8, 0, 0, 0, 0, 1, 0, 1, 'd', 'a', 't', 'a'}
	if to.Is4() {
		return g.packet(to, frames.ICMP, message)
	}
	message[0] = 128
	return g.packet(to, frames.ICMPv6, message)
}

// datagram is one of UDP, without a checksum.
func (g *guest) datagram(to netip.AddrPort) []byte {
	message := binary.BigEndian.AppendUint16(nil, 4000)
	message = binary.BigEndian.AppendUint16(message, to.Port())
	message = append(message, 0, 12, 0, 0, 'd', 'a', 't', 'a')
	return g.packet(to.Addr(), frames.UDP, message)
}

// synPacket begins a connection.
func (g *guest) synPacket(to netip.AddrPort) []byte {
	message := make([]byte, header.TCPMinimumSize)
	header.TCP(message).Encode(&header.TCPFields{
		SrcPort: 4000, DstPort: to.Port(), SeqNum: 1, DataOffset: header.TCPMinimumSize,
		Flags: header.TCPFlagSyn, WindowSize: 65535,
	})
	return g.packet(to.Addr(), frames.TCP, message)
}
