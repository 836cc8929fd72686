package gateway

import (
	"context"
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/stack"
	"sandboxfile/native/internal/network/wire"
)

// guest is the other end of a sandbox's wire: a TCP/IP stack, and a way to send any frame.
type guest struct {
	name  string
	stack *stack.Stack
	wire  *wire.Wire
	guard *frames.Guard // the gateway's, of this guest
	own4  netip.Addr
	own6  netip.Addr
	// frames gets what the gateway sends, unless nobody takes it.
	frames chan []byte
}

var lastNumber uint16 = 0x1000

// device is a socket pair as the supervisor makes it.
func device(t testing.TB) (host, theirs *os.File) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(pair[0]), "host"), os.NewFile(uintptr(pair[1]), "guest")
}

// newAttach is what a supervisor would ask for.
func newAttach(name string, scope networkv1.Scope, groups ...string) *networkv1.Attach {
	lastNumber++
	member := &networkv1.Member{Name: name, Scope: scope}
	for _, group := range groups {
		member.Groups = append(member.Groups, &networkv1.Membership{Group: group})
	}
	given := &lease.Lease{Number: lastNumber}
	return &networkv1.Attach{Member: member, Interface: given.Interface(nil)}
}

// newGuest is a guest on its end of the device.
func newGuest(t testing.TB, given *agentv1.NetworkInterface, theirs *os.File) *guest {
	t.Helper()
	end, err := wire.New(theirs)
	if err != nil {
		t.Fatal(err)
	}
	mac, err := frames.ParseMAC(given.GetMac())
	if err != nil {
		t.Fatal(err)
	}
	gateway, err := frames.ParseMAC(given.GetGatewayMac())
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{wire: end, frames: make(chan []byte, 256)}
	g.guard = &frames.Guard{MAC: mac, Gateway: gateway, Gateways: []netip.Addr{lease.Gateway4, lease.Gateway6}}
	for _, text := range given.GetAddresses() {
		g.guard.Addresses = append(g.guard.Addresses, netip.MustParseAddr(text))
	}
	g.own4, g.own6 = g.guard.Addresses[0], g.guard.Addresses[len(g.guard.Addresses)-1]
	// From the guest's side the two ends have changed places.
	mirror := &frames.Guard{MAC: gateway, Gateway: mac, Gateways: g.guard.Addresses}
	if g.stack, err = stack.New(end, mirror, given.GetMtu()); err != nil {
		t.Fatal(err)
	}
	go func() {
		buffer := make([]byte, frames.MaxSize)
		for {
			n, err := end.Read(buffer)
			if err != nil {
				return
			}
			select {
			case g.frames <- append([]byte(nil), buffer[:n]...):
			default:
			}
			g.stack.Deliver(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		end.Close()
		g.stack.Close()
	})
	return g
}

// join attaches a new guest.
func join(t testing.TB, gateway *Gateway, name string, scope networkv1.Scope, groups ...string) (*guest, *station) {
	t.Helper()
	return joinAs(t, gateway, newAttach(name, scope, groups...))
}

func joinAs(t testing.TB, gateway *Gateway, request *networkv1.Attach) (*guest, *station) {
	t.Helper()
	return joinLogged(t, gateway, request, nil)
}

// joinLogged keeps what it was denied.
func joinLogged(t testing.TB, gateway *Gateway, request *networkv1.Attach, kept io.Writer) (*guest, *station) {
	t.Helper()
	host, theirs := device(t)
	s, err := gateway.attach(t.Context(), request, host, kept)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.detach)
	s.begin()
	g := newGuest(t, request.GetInterface(), theirs)
	g.name = request.GetMember().GetName()
	return g, s
}

const patience = 30 * time.Second

// dial connects from the guest's own address.
func (g *guest) dial(to netip.AddrPort) (*gonet.TCPConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return gonet.DialTCPWithBind(ctx, g.stack.Stack, g.full(g.from(to.Addr()), 0), g.full(to.Addr(), to.Port()), stack.Protocol(to.Addr()))
}

func (g *guest) dialUDP(to netip.AddrPort) (*gonet.UDPConn, error) {
	own, other := g.full(g.from(to.Addr()), 0), g.full(to.Addr(), to.Port())
	return gonet.DialUDP(g.stack.Stack, &own, &other, stack.Protocol(to.Addr()))
}

func (g *guest) from(to netip.Addr) netip.Addr {
	if to.Is4() {
		return g.own4
	}
	return g.own6
}

func (g *guest) full(address netip.Addr, port uint16) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: stack.NIC, Addr: stack.Address(address), Port: port}
}
