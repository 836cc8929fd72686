package gateway

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/policy"
)

// destinations are what list H of the design asks for: where a guest may want to go, in each spelling
// that fits into a packet, and what it takes to get there.
var destinations = []struct {
	address string
	needs   networkv1.Scope // 0: it is never reached
}{
	{"93.184.216.34", networkv1.Scope_SCOPE_PUBLIC},
	{"2606:4700::1111", networkv1.Scope_SCOPE_PUBLIC},
	{"64:ff9b::5db8:d822", networkv1.Scope_SCOPE_PUBLIC}, // 93.184.216.34 through NAT64
	{"192.168.77.9", networkv1.Scope_SCOPE_ANY},          // the LAN
	{"10.1.2.3", networkv1.Scope_SCOPE_ANY},
	{"172.16.9.9", networkv1.Scope_SCOPE_ANY},
	{"100.64.0.9", networkv1.Scope_SCOPE_ANY},
	{"fd00:1::9", networkv1.Scope_SCOPE_ANY},
	{"64:ff9b::c0a8:4d09", networkv1.Scope_SCOPE_ANY}, // the LAN through NAT64
	{"64:ff9b::a9fe:a9fe", networkv1.Scope_SCOPE_ANY}, // metadata through NAT64
	{"2002:c0a8:4d09::1", networkv1.Scope_SCOPE_ANY},  // the LAN through 6to4
	{"2001:0:c0a8:4d09::1", networkv1.Scope_SCOPE_ANY},
	{"169.254.1.9", networkv1.Scope_SCOPE_ANY},
	{"169.254.169.254", networkv1.Scope_SCOPE_ANY},
	{"fd00:ec2::254", networkv1.Scope_SCOPE_ANY},
	{"168.63.129.16", networkv1.Scope_SCOPE_ANY},
	{"198.51.100.9", networkv1.Scope_SCOPE_ANY},
	{"127.0.0.1", 0}, // the guest has added a route for it
	{"::ffff:127.0.0.1", 0},
	{"::1", 0},
	{"0.0.0.0", 0},
	{"224.0.0.251", 0},
	{"255.255.255.255", 0},
	{"ff02::fb", 0},
	{"198.19.77.77", 0}, // the network's own, nobody's
}

const testPort = 8080

// The table of scopes, destinations and protocols; the capture shows what left the host.
func TestScopesOnTheWire(t *testing.T) {
	world := newWorld(t)
	for _, scope := range []networkv1.Scope{networkv1.Scope_SCOPE_GROUP, networkv1.Scope_SCOPE_PUBLIC, networkv1.Scope_SCOPE_ANY} {
		t.Run(scope.String(), func(t *testing.T) {
			audit := &auditor{}
			gateway := New(Options{ResolvConf: world.resolvConf(t), Observer: audit})
			guest, _ := join(t, gateway, "box", scope, "g")
			world.taken()
			allowed := map[string]bool{}
			for _, d := range destinations {
				to := netip.AddrPortFrom(netip.MustParseAddr(d.address), testPort)
				reachable := d.needs != 0 && scope >= d.needs
				if reachable {
					plain := policy.Plain(to.Addr())
					number := byte(unix.IPPROTO_ICMP)
					if plain.Is6() {
						number = unix.IPPROTO_ICMPV6
					}
					allowed[target(unix.IPPROTO_TCP, plain, testPort)] = true
					allowed[target(unix.IPPROTO_UDP, plain, testPort)] = true
					allowed[target(number, plain, 0)] = true
				}
				tryAll(t, guest, to, reachable)
			}
			guest.flush(t)
			for name := range world.awaits(t, allowed) {
				if !allowed[name] {
					t.Errorf("left the host: %s", name)
				}
			}
			audit.check(t, scope)
		})
	}
}

// tryAll tries TCP, UDP and an echo.
func tryAll(t *testing.T, guest *guest, to netip.AddrPort, reachable bool) {
	guest.send(guest.echoRequest(to.Addr()))
	if plain := policy.Plain(to.Addr()); plain.IsMulticast() || nowhere(plain) || plain == netip.MustParseAddr("255.255.255.255") {
		// No stack would connect: frames as a hostile guest makes them.
		guest.send(guest.datagram(to))
		guest.send(guest.synPacket(to))
		return
	}
	conn, err := guest.dial(to)
	switch {
	case reachable && err != nil:
		t.Errorf("tcp to %s: %v", to, err)
	case reachable:
		if err := echo(conn); err != nil {
			t.Errorf("tcp to %s: %v", to, err)
		}
	case err == nil:
		t.Errorf("tcp to %s is connected", to)
	}
	if err == nil {
		conn.Close()
	}
	if !reachable {
		guest.send(guest.datagram(to))
		guest.awaitRefusal(t, to.Addr())
		return
	}
	datagrams, err := guest.dialUDP(to)
	if err != nil {
		t.Errorf("udp to %s: %v", to, err)
		return
	}
	defer datagrams.Close()
	if err := echo(datagrams); err != nil {
		t.Errorf("udp to %s: %v", to, err)
	}
}

// An IPv4 address in any of its IPv6 spellings is what it stands for. No stack of a guest's would send these.
func TestSpellingsOnTheWire(t *testing.T) {
	world := newWorld(t)
	audit := &auditor{}
	guest, _ := join(t, New(Options{ResolvConf: world.resolvConf(t), Observer: audit}), "box", networkv1.Scope_SCOPE_PUBLIC)
	world.taken()
	spellings := []string{
		"::ffff:169.254.169.254", "::ffff:192.168.77.9", "::ffff:127.0.0.1", "::169.254.169.254", "::192.168.77.9",
		"2606:4700::5efe:169.254.169.254", "2606:4700::200:5efe:192.168.77.9", "64:ff9b::127.0.0.1", "2002:7f00:1::1",
		"fe80::1", "fec0::9", "ff02::1",
	}
	for _, address := range spellings {
		to := netip.AddrPortFrom(netip.MustParseAddr(address), testPort)
		guest.send(guest.datagram(to))
		guest.send(guest.synPacket(to))
		guest.send(guest.echoRequest(to.Addr()))
	}
	guest.refused(t, netip.MustParseAddrPort("192.168.77.9:1"))
	guest.flush(t)
	if seen := world.taken(); len(seen) != 0 {
		t.Errorf("left the host: %v", seen)
	}
	for _, address := range spellings {
		plain := netip.MustParseAddr(address)
		if plain.IsMulticast() {
			continue // dropped before it is anything to decide about
		}
		for _, protocol := range []string{"tcp", "udp", "icmp"} {
			audit.awaitDenial(t, protocol+" "+plain.String())
		}
	}
}

// auditor keeps every decision.
type auditor struct {
	mu      sync.Mutex
	allowed map[string]bool
	denied  map[string]string
}

func (a *auditor) Decided(_ policy.Sandbox, to policy.Destination, d policy.Decision) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.denied == nil {
		a.allowed, a.denied = map[string]bool{}, map[string]string{}
	}
	name := string(to.Protocol) + " " + to.Address.String()
	if d.Allow {
		a.allowed[name] = true
	} else {
		a.denied[name] = d.Rule + ": " + d.Reason
	}
}

// awaitDenial returns when it was denied: about TCP is decided beside the frames.
func (a *auditor) awaitDenial(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		a.mu.Lock()
		_, denied := a.denied[name]
		a.mu.Unlock()
		if denied {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not noted as denied", name)
		}
	}
}

// check wants every unicast destination that was not reached among the denials, once decided so.
func (a *auditor) check(t *testing.T, scope networkv1.Scope) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range destinations {
		if address := netip.MustParseAddr(d.address); address.IsMulticast() || d.address == "255.255.255.255" {
			continue // dropped before it is anything to decide about
		}
		for _, protocol := range []string{"tcp", "udp", "icmp"} {
			name := protocol + " " + d.address
			_, denied := a.denied[name]
			if reachable := d.needs != 0 && scope >= d.needs; reachable == denied || reachable != a.allowed[name] {
				t.Errorf("%s under %s: denied %v (%s), allowed %v", name, scope, denied, a.denied[name], a.allowed[name])
			}
		}
	}
}

// A name of somebody else's must not lead into the LAN.
func TestRebinding(t *testing.T) {
	world := newWorld(t)
	lan, public := netip.MustParseAddr("192.168.77.9"), netip.MustParseAddr("93.184.216.34")
	world.names["good.example"] = []netip.Addr{public, netip.MustParseAddr("2606:4700::1111")}
	world.names["rebind.example"] = []netip.Addr{lan}
	world.names["mixed.example"] = []netip.Addr{public, netip.MustParseAddr("169.254.169.254")}
	world.names["mapped.example"] = []netip.Addr{netip.MustParseAddr("fd00:1::9")}
	world.names["own.example"] = []netip.Addr{netip.MustParseAddr(lanHost)}
	world.names["own6.example"] = []netip.Addr{netip.MustParseAddr(hostIPv6)}
	gateway := New(Options{ResolvConf: world.resolvConf(t)})
	open, _ := join(t, gateway, "open", networkv1.Scope_SCOPE_ANY)
	guarded, s := join(t, gateway, "guarded", networkv1.Scope_SCOPE_PUBLIC)
	closed, _ := join(t, gateway, "closed", networkv1.Scope_SCOPE_GROUP, "g")
	for name, addresses := range world.names {
		slices.SortFunc(addresses, netip.Addr.Compare)
		if got := open.resolve(t, name); !slices.Equal(got, addresses) {
			t.Errorf("%s under any: %v", name, got)
		}
		want := addresses
		if name != "good.example" {
			want = nil
		}
		if got := guarded.resolve(t, name); !slices.Equal(got, want) {
			t.Errorf("%s under public: %v", name, got)
		}
		if got := closed.resolve(t, name); len(got) != 0 {
			t.Errorf("%s under group: %v", name, got)
		}
	}
	if got := s.names.of(public); !slices.Equal(got, []string{"good.example"}) {
		t.Errorf("names of %s: %v", public, got)
	}
	for name := range maps.Keys(world.taken()) {
		if !strings.HasSuffix(name, net.JoinHostPort(resolver, "53")) {
			t.Errorf("left the host: %s", name)
		}
	}
}

// A name that stands for another one counts by where the chain ends, and under the name that was asked for.
func TestAliases(t *testing.T) {
	world := newWorld(t)
	lan, public := netip.MustParseAddr("192.168.77.9"), netip.MustParseAddr("93.184.216.34")
	world.names["edge.test"], world.names["router.test"] = []netip.Addr{public}, []netip.Addr{lan}
	world.aliases["cdn.example"], world.aliases["hop.test"] = "hop.test", "edge.test"
	world.aliases["rebind.example"], world.aliases["way.test"] = "way.test", "router.test"
	world.aliases["nowhere.example"] = "absent.test"
	guarded, s := join(t, New(Options{ResolvConf: world.resolvConf(t)}), "guarded", networkv1.Scope_SCOPE_PUBLIC)
	if got := guarded.resolve(t, "cdn.example"); !slices.Equal(got, []netip.Addr{public}) {
		t.Errorf("resolved: %v", got)
	}
	for _, name := range []string{"rebind.example", "nowhere.example"} {
		if got := guarded.resolve(t, name); len(got) != 0 {
			t.Errorf("%s leads to %v", name, got)
		}
	}
	if got := s.names.of(public); !slices.Equal(got, []string{"cdn.example"}) {
		t.Errorf("names of %s: %v", public, got)
	}
	if got := s.names.of(lan); len(got) != 0 {
		t.Errorf("names of %s: %v", lan, got)
	}
}

// The host's own addresses are those of a neighbour under the scope any, and nobody's under others.
func TestHostAddresses(t *testing.T) {
	newWorld(t)
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	serveEcho(listener)
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	gateway := New(Options{})
	for _, scope := range []networkv1.Scope{networkv1.Scope_SCOPE_ANY, networkv1.Scope_SCOPE_PUBLIC, networkv1.Scope_SCOPE_GROUP} {
		guest, _ := join(t, gateway, "box"+strconv.Itoa(int(scope)), scope, "g")
		for _, address := range []string{lanHost, hostIPv6, "64:ff9b::c0a8:4d01"} {
			to := netip.AddrPortFrom(netip.MustParseAddr(address), port)
			if scope != networkv1.Scope_SCOPE_ANY {
				guest.refused(t, to)
			} else if !strings.HasPrefix(address, "64:") { // which leads to the network's translator
				guest.echoes(t, to, []byte("hello"))
			}
		}
	}
}

// The host's loopback has an address of its own, for those that may reach everything.
func TestHostLoopback(t *testing.T) {
	needNamespace(t)
	server := listenEcho(t)
	gateway := New(Options{})
	to := netip.AddrPortFrom(lease.Host, server)
	for scope, want := range map[networkv1.Scope]bool{
		networkv1.Scope_SCOPE_ANY: true, networkv1.Scope_SCOPE_PUBLIC: false, networkv1.Scope_SCOPE_GROUP: false,
	} {
		guest, _ := join(t, gateway, "box"+strconv.Itoa(int(scope)), scope, "g")
		conn, err := guest.dial(to)
		if (err == nil) != want {
			t.Errorf("%s: %v", scope, err)
		}
		if err == nil {
			if err := echo(conn); err != nil {
				t.Errorf("%s: %v", scope, err)
			}
			conn.Close()
		}
		if got := guest.resolve(t, "host.sandbox.internal"); (len(got) == 1) != want {
			t.Errorf("%s: the host's name leads to %v", scope, got)
		}
	}
}

// The host goes to another network: what was allowed follows, its own addresses are the new ones, and where there
// is no network nothing is reached until there is one again.
func TestHostChangesNetwork(t *testing.T) {
	world := newWorld(t)
	guest, _ := join(t, New(Options{ResolvConf: world.resolvConf(t)}), "box", networkv1.Scope_SCOPE_PUBLIC)
	// The host, too, has a server at that port.
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	serveEcho(listener)
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	public := netip.AddrPortFrom(netip.MustParseAddr("93.184.216.34"), port)
	other := netip.AddrPortFrom(netip.MustParseAddr("93.184.216.99"), port)
	guest.echoes(t, public, []byte("at home"))
	change := func(steps ...string) {
		t.Helper()
		for _, words := range steps {
			if err := ip(strings.Fields(words)...); err != nil {
				t.Fatal(err)
			}
		}
	}
	change("addr flush dev world0 scope global")
	if conn, err := guest.dial(other); err == nil {
		conn.Close()
		t.Error("connected without a network")
	}
	change("addr add 10.66.0.5/24 dev world0", "addr add "+public.Addr().String()+"/32 dev world0",
		"route replace default dev world0 src 10.66.0.5")
	guest.echoes(t, other, []byte("elsewhere"))
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		conn, err := guest.dial(public)
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("the host's new address can be reached under public")
		}
	}
}
