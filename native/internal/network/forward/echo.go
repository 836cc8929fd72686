package forward

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/policy"
)

// echoTime is how long an answer may take.
const echoTime = 5 * time.Second

// Echo asks on for the guest, without waiting for the answer. What may not be asked gets none.
func (f *Forwarder) Echo(packet frames.Packet) {
	to, decision := f.guest.Ask(policy.ICMP, netip.AddrPortFrom(packet.To, 0))
	if !decision.Allow || !f.enter(&f.echoes, f.limits.Echoes) {
		return
	}
	f.Counters.Echoes.Add(1)
	// Identifier, sequence number and data come back to the guest as they are. The packet is gone when
	// this returns.
	packet.Payload = append([]byte(nil), packet.Payload...)
	go func() {
		defer f.echoes.Add(-1)
		if f.ping(outside(to).Addr(), packet.Payload[8:]) {
			f.answer(f.guard.EchoReply(packet, packet.Payload[4:]))
		}
	}()
}

// ping asks with an identifier of the host's kernel.
func (f *Forwarder) ping(to netip.Addr, data []byte) bool {
	// The socket that any user may have, where the host lets users ask at all.
	network := "udp4"
	if to.Is6() {
		network = "udp6"
	}
	conn, err := icmp.ListenPacket(network, "")
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(echoTime)); err != nil {
		return false
	}
	kind := icmp.Type(ipv4.ICMPTypeEcho)
	answer, protocol := icmp.Type(ipv4.ICMPTypeEchoReply), frames.ICMP
	if to.Is6() {
		kind, answer, protocol = ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply, frames.ICMPv6
	}
	mark := newMark()
	message := icmp.Message{Type: kind, Body: &icmp.Echo{Seq: int(mark), Data: data}}
	wire, err := message.Marshal(nil)
	if err != nil {
		return false
	}
	if _, err := conn.WriteTo(wire, &net.UDPAddr{IP: to.AsSlice()}); err != nil {
		return false
	}
	buffer := make([]byte, len(wire)+512)
	for {
		n, _, err := conn.ReadFrom(buffer)
		if err != nil {
			return false
		}
		reply, err := icmp.ParseMessage(protocol, buffer[:n])
		if err != nil || reply.Type != answer {
			continue
		}
		// The socket gets only its own answers, under an identifier of the kernel's.
		if echo, ok := reply.Body.(*icmp.Echo); ok && echo.Seq == int(mark) {
			return true
		}
	}
}

// newMark tells one question from another.
func newMark() uint16 {
	var mark [2]byte
	_, _ = rand.Read(mark[:]) // never fails
	return binary.BigEndian.Uint16(mark[:])
}
