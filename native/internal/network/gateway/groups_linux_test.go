package gateway

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/stack"
)

// serveEcho answers on one port of the guest until the test ends.
func (g *guest) serveEcho(t testing.TB, port uint16) {
	t.Helper()
	for _, own := range []netip.Addr{g.own4, g.own6} {
		listener, err := gonet.ListenTCP(g.stack.Stack, g.full(own, port), stack.Protocol(own))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go echoBack(conn)
			}
		}()
		address := g.full(own, port)
		datagrams, err := gonet.DialUDP(g.stack.Stack, &address, nil, stack.Protocol(own))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { datagrams.Close() })
		go func() {
			buffer := make([]byte, 2048)
			for {
				n, from, err := datagrams.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = datagrams.WriteTo(buffer[:n], from)
			}
		}()
	}
}

func echoBack(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// Members of a group find each other by name and talk; others neither find them nor reach them.
func TestGroups(t *testing.T) {
	gateway := New(Options{ResolvConf: "/dev/null"})
	request := newAttach("db", networkv1.Scope_SCOPE_GROUP, "backend", "other")
	request.Member.Groups[0].Hostname, request.Member.Groups[0].Address = "database.internal", "10.10.0.10"
	request.Interface.Addresses = append(request.Interface.Addresses[:1:1], "10.10.0.10", request.Interface.Addresses[1])
	db, _ := joinAs(t, gateway, request)
	db.serveEcho(t, 5432)
	web, _ := join(t, gateway, "web", networkv1.Scope_SCOPE_PUBLIC, "backend")
	stranger, _ := join(t, gateway, "stranger", networkv1.Scope_SCOPE_ANY, "elsewhere")
	everything := slices.Clone(db.guard.Addresses)
	slices.SortFunc(everything, netip.Addr.Compare)
	for _, name := range []string{"db", "DB", "database.internal"} {
		if got := web.resolve(t, name); !slices.Equal(got, everything) {
			t.Errorf("%s leads a member to %v, not %v", name, got, everything)
		}
		if got := stranger.resolve(t, name); len(got) != 0 {
			t.Errorf("%s leads a stranger to %v", name, got)
		}
	}
	if got := web.resolve(t, "backend"); len(got) != 3 {
		t.Errorf("the group's name leads to %v", got)
	}
	for _, own := range []netip.Addr{db.own4, db.own6} {
		to := netip.AddrPortFrom(own, 5432)
		conn, err := web.dial(to)
		if err != nil {
			t.Fatalf("a member to %s: %v", to, err)
		}
		if err := echo(conn); err != nil {
			t.Errorf("a member to %s: %v", to, err)
		}
		conn.Close()
		datagrams, err := web.dialUDP(to)
		if err != nil {
			t.Fatal(err)
		}
		if err := echo(datagrams); err != nil {
			t.Errorf("a member to udp %s: %v", to, err)
		}
		datagrams.Close()
		if conn, err := stranger.dial(to); err == nil {
			conn.Close()
			t.Errorf("a stranger is connected to %s", to)
		}
		stranger.send(stranger.datagram(to))
		stranger.awaitRefusal(t, own)
	}
	if conn, err := stranger.dial(netip.MustParseAddrPort("10.10.0.10:5432")); err == nil {
		conn.Close()
		t.Error("a stranger is connected to a member's own address in its group")
	}
}

// A connection between sandboxes that a former gateway has decided about goes on.
func TestPeersAfterRestart(t *testing.T) {
	gateway := New(Options{ResolvConf: "/dev/null"})
	db, _ := join(t, gateway, "db", networkv1.Scope_SCOPE_GROUP, "g")
	db.serveEcho(t, 5432)
	web, _ := join(t, gateway, "web", networkv1.Scope_SCOPE_GROUP, "g")
	conn, err := web.dial(netip.AddrPortFrom(db.own4, 5432))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	gateway.flows.forget()
	if err := echo(conn); err != nil {
		t.Error(err)
	}
}

// Whatever a guest says it is, nothing of it arrives anywhere, and every frame is counted.
func TestSpoofing(t *testing.T) {
	gateway := New(Options{ResolvConf: "/dev/null"})
	victim, _ := join(t, gateway, "victim", networkv1.Scope_SCOPE_GROUP, "g")
	guest, s := join(t, gateway, "liar", networkv1.Scope_SCOPE_ANY, "g")
	syn := func(mac [6]byte, from netip.Addr) []byte {
		frame := guest.synPacket(netip.AddrPortFrom(victim.own4, 80))
		return guest.packetFrom(mac, from, victim.own4, frames.TCP, frame[frames.HeaderSize+20:])
	}
	own, other := guest.guard.MAC, [6]byte{2, 0, 0, 0, 0, 9}
	advertisement := guest.packet(netip.MustParseAddr("ff02::1"), frames.ICMPv6, append([]byte{134}, make([]byte, 15)...))
	dhcp := guest.datagram(netip.MustParseAddrPort("255.255.255.255:67"))
	gateway4 := guest.guard.Gateways[0]
	for _, row := range []struct {
		name   string
		frame  []byte
		reason frames.Reason
	}{
		{"another's MAC", syn(other, guest.own4), frames.ForeignMAC},
		{"the victim's address", syn(own, victim.own4), frames.ForeignAddress},
		{"an address of the internet", syn(own, netip.MustParseAddr("8.8.8.8")), frames.ForeignAddress},
		{"the gateway's address", syn(own, gateway4), frames.ForeignAddress},
		{"ARP: I am the gateway", guest.arp(2, gateway4, victim.own4), frames.ARP},
		{"ARP: I am the victim", guest.arp(1, victim.own4, gateway4), frames.ARP},
		{"ARP: who is the victim", guest.arp(1, guest.own4, victim.own4), frames.ARP},
		{"a router advertisement", advertisement, frames.NDP},
		{"a DHCP server is sought", dhcp, frames.DHCP},
		{"half a header", make([]byte, 9), frames.Malformed},
		{"an unknown protocol", append(append(own[:0:0], guest.guard.Gateway[:]...), append(own[:], 0x88, 0xcc, 1, 2, 3)...), frames.Unknown},
		{"to another MAC", append([]byte{2, 9, 9, 9, 9, 9}, syn(own, guest.own4)[6:]...), frames.ForeignMAC},
		{"IP that says it is longer", guest.synPacket(netip.AddrPortFrom(victim.own4, 80))[:frames.HeaderSize+30], frames.Malformed},
	} {
		before := s.counts.dropped[row.reason].Load()
		guest.send(row.frame)
		guest.flush(t)
		if got := s.counts.dropped[row.reason].Load(); got != before+1 {
			t.Errorf("%s: %d frames dropped for %q", row.name, got-before, row.reason)
		}
	}
	victim.flush(t)
	for {
		select {
		case frame := <-victim.frames:
			if packet, reason := read(frame); reason == "" && packet.From == guest.own4 || packet.To == victim.own4 && packet.ToPort == 80 {
				t.Errorf("the victim got %+v", packet)
			}
			continue
		default:
		}
		break
	}
	guest.send(guest.arp(1, guest.own4, gateway4))
	if !guest.awaits(func(frame []byte) bool { return frame[12] == 8 && frame[13] == 6 && frame[21] == 2 }) {
		t.Error("the gateway does not answer for its own address")
	}
}

// arp is a frame about who has an address.
func (g *guest) arp(operation byte, sender, target netip.Addr) []byte {
	own := g.guard.MAC
	frame := make([]byte, frames.HeaderSize, frames.HeaderSize+28)
	frames.PutHeader(frame, [6]byte{255, 255, 255, 255, 255, 255}, own, frames.TypeARP)
	frame = append(frame, 0, 1, 8, 0, 6, 4, 0, operation)
	frame = append(append(frame, own[:]...), sender.AsSlice()...)
	return append(append(frame, make([]byte, 6)...), target.AsSlice()...)
}

// awaits tells whether a frame comes that is wanted.
func (g *guest) awaits(wanted func(frame []byte) bool) bool {
	deadline := time.After(patience)
	for {
		select {
		case frame := <-g.frames:
			if wanted(frame) {
				return true
			}
		case <-deadline:
			return false
		}
	}
}

// read takes any IP packet's frame.
func read(frame []byte) (frames.Packet, frames.Reason) {
	reader := frames.Guard{MAC: [6]byte(frame[6:]), Gateway: [6]byte(frame)}
	packet, reason := reader.Check(frame)
	if reason == frames.ForeignAddress {
		reason = ""
	}
	return packet, reason
}

// echo sends a word and wants it back. A refusal comes at once: there is no waiting for a deadline.
func echo(conn net.Conn) error {
	word := []byte("is anybody there")
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Write(word); err != nil {
		return err
	}
	back := make([]byte, len(word))
	if _, err := io.ReadFull(conn, back); err != nil {
		return err
	}
	if string(back) != string(word) {
		return errors.New("something else came back")
	}
	return nil
}
