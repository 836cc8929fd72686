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

// ping asks with an identifier of the host's.
func (f *Forwarder) ping(to netip.Addr, data []byte) bool {
	conn, unprivileged, err := listenEcho(to)
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
	message := icmp.Message{Type: kind, Body: &icmp.Echo{
		ID: int(binary.BigEndian.Uint16(mark[:])), Seq: int(binary.BigEndian.Uint16(mark[2:])), Data: data,
	}}
	wire, err := message.Marshal(nil)
	if err != nil {
		return false
	}
	var address net.Addr = &net.IPAddr{IP: to.AsSlice()}
	if unprivileged {
		address = &net.UDPAddr{IP: to.AsSlice()}
	}
	if _, err := conn.WriteTo(wire, address); err != nil {
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
		// Unprivileged sockets get only their own answers, under an identifier of the kernel's.
		echo, ok := reply.Body.(*icmp.Echo)
		if ok && echo.Seq == int(binary.BigEndian.Uint16(mark[2:])) &&
			(unprivileged || echo.ID == int(binary.BigEndian.Uint16(mark[:]))) {
			return true
		}
	}
}

// listenEcho opens the socket that this user may have.
func listenEcho(to netip.Addr) (conn *icmp.PacketConn, unprivileged bool, err error) {
	kinds := [2]string{"udp4", "ip4:icmp"}
	if to.Is6() {
		kinds = [2]string{"udp6", "ip6:ipv6-icmp"}
	}
	if conn, err = icmp.ListenPacket(kinds[0], ""); err == nil {
		return conn, true, nil
	}
	conn, err = icmp.ListenPacket(kinds[1], "")
	return conn, false, err
}

// newMark tells one question from another.
func newMark() (mark [4]byte) {
	_, _ = rand.Read(mark[:]) // never fails
	return mark
}
