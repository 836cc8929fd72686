package gateway

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/lease"
)

// A sandbox gets as many connections as it may have, another one has its own, and one that ends makes room.
func TestConnectionsAreLimited(t *testing.T) {
	needNamespace(t)
	limits := DefaultLimits
	limits.Connections = 16
	gateway := New(Options{Limits: &limits})
	to := netip.AddrPortFrom(lease.Host, listenEcho(t))
	guest, s := join(t, gateway, "box", networkv1.Scope_SCOPE_ANY)
	var conns []net.Conn
	for range limits.Connections {
		conn, err := guest.dial(to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	guest.refused(t, to)
	if limited := s.counts.proto(&s.forward.Counters).GetLimited(); limited != 1 {
		t.Errorf("%d are counted", limited)
	}
	other, _ := join(t, gateway, "other", networkv1.Scope_SCOPE_ANY)
	other.echoes(t, to, []byte("hello"))
	conns[0].Close()
	for deadline := time.Now().Add(patience); s.forward.Open() >= int64(limits.Connections); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("an ended connection takes a place")
		}
	}
	guest.echoes(t, to, []byte("hello"))
	for _, conn := range conns[1:] {
		if err := echo(conn); err != nil {
			t.Error(err)
		}
	}
}

// A sandbox has as many conversations by UDP as it may have.
func TestSessionsAreLimited(t *testing.T) {
	world := newWorld(t)
	limits := DefaultLimits
	limits.Sessions = 8
	guest, s := join(t, New(Options{ResolvConf: world.resolvConf(t), Limits: &limits}), "box", networkv1.Scope_SCOPE_PUBLIC)
	to := netip.MustParseAddrPort("93.184.216.34:8080")
	for range limits.Sessions {
		conn, err := guest.dialUDP(to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := echo(conn); err != nil {
			t.Fatal(err)
		}
	}
	guest.send(guest.datagram(to))
	guest.awaitRefusal(t, to.Addr())
	if limited := s.counts.proto(&s.forward.Counters).GetLimited(); limited != 1 {
		t.Errorf("%d are counted", limited)
	}
}

// Who sends faster than it may waits, and others do not.
func TestBandwidthIsLimited(t *testing.T) {
	limits := DefaultLimits
	limits.Sent = Pace{Rate: 1 << 20, Burst: 128 << 10}
	gateway := New(Options{ResolvConf: "/dev/null", Limits: &limits})
	quiet, _ := join(t, gateway, "quiet", networkv1.Scope_SCOPE_GROUP, "g")
	noisy, _ := join(t, gateway, "noisy", networkv1.Scope_SCOPE_GROUP, "g")
	frame := append(noisy.datagram(netip.AddrPortFrom(quiet.own4, 9)), make([]byte, 30_000)...)
	const amount = 1 << 20
	began := time.Now()
	for sent := 0; sent < amount; sent += len(frame) {
		noisy.send(frame)
	}
	quiet.flush(t) // while there is still much of it in the wire
	noisy.flush(t)
	if least := time.Second * (amount - 128<<10) / (1 << 20); time.Since(began) < least {
		t.Errorf("%d bytes took %v, not %v", amount, time.Since(began), least)
	}
}

// Of a flood of questions as many are answered as there may be, and those of others all.
func TestQuestionsAreLimited(t *testing.T) {
	limits := DefaultLimits
	limits.Questions = Pace{Rate: 1, Burst: 20}
	gateway := New(Options{ResolvConf: "/dev/null", Limits: &limits})
	noisy, s := join(t, gateway, "noisy", networkv1.Scope_SCOPE_GROUP, "g")
	quiet, _ := join(t, gateway, "quiet", networkv1.Scope_SCOPE_GROUP, "g")
	conn, err := noisy.dialUDP(netip.AddrPortFrom(lease.Gateway4, namePort))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	query := dnsmessage.Message{Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName("noisy."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
	}}}
	packed, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	const asked = 200
	began := time.Now()
	for range asked {
		if _, err := conn.Write(packed); err != nil {
			t.Fatal(err)
		}
	}
	quiet.flush(t)
	// What is sent after all questions is taken after them.
	noisy.send(make([]byte, frames.HeaderSize-1))
	for deadline := time.Now().Add(patience); s.counts.dropped[frames.Malformed].Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the questions are not taken")
		}
	}
	answered, wait := 0, patience
	for buffer := make([]byte, 512); ; answered++ {
		// There is no sign that no more come: what is answered is answered at once.
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			t.Fatal(err)
		}
		wait = 300 * time.Millisecond
		if _, err := io.ReadAtLeast(conn, buffer, 1); err != nil {
			break
		}
	}
	if most := limits.Questions.Burst + int(time.Since(began)/time.Second) + 1; answered == 0 || answered > most {
		t.Errorf("%d of %d are answered; at most %d may be", answered, asked, most)
	}
}
