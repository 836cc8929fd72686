package gateway

import (
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/lease"
)

// The first resolver is down: the second is asked. All are down: the guest is told so, others meanwhile
// get what is known, and once a resolver is there names are found again.
func TestResolverDown(t *testing.T) {
	const down = "127.0.0.1"
	world := newWorld(t)
	address := netip.MustParseAddr("93.184.216.34")
	world.names["first.example"], world.names["second.example"] = []netip.Addr{address}, []netip.Addr{address}
	config := filepath.Join(t.TempDir(), "resolv.conf")
	nameServers(t, config, down, resolver)
	gateway := New(Options{ResolvConf: config})
	guest, _ := join(t, gateway, "box", networkv1.Scope_SCOPE_PUBLIC)
	if found := guest.resolve(t, "first.example"); !slices.Equal(found, []netip.Addr{address}) {
		t.Fatalf("behind a resolver that is down: %v", found)
	}
	world.setDown(true)
	conn, err := guest.dialUDP(netip.AddrPortFrom(lease.Gateway4, namePort))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if message, err := guest.ask(conn, "second.example", dnsmessage.TypeA); err != nil || message.RCode != dnsmessage.RCodeServerFailure {
		t.Fatalf("with no resolver: %v, %v", message, err)
	}
	if message, err := guest.ask(conn, "first.example", dnsmessage.TypeA); err != nil || len(message.Answers) != 1 {
		t.Errorf("what is known: %v, %v", message, err)
	}
	world.setDown(false)
	if found := guest.resolve(t, "second.example"); !slices.Equal(found, []netip.Addr{address}) {
		t.Errorf("with a resolver again: %v", found)
	}
}

// The host goes to another network: names are asked of its resolver, and what the former one said counts no more, be
// it because the resolvers' file is another one or, where that names a resolver on the host itself, because the host
// has other addresses.
func TestResolverOfAnotherNetwork(t *testing.T) {
	world := newWorld(t)
	here, there := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("93.184.216.99")
	world.names["server.example"] = []netip.Addr{here}
	world.elsewhere["server.example"] = []netip.Addr{there}
	config := world.resolvConf(t)
	guest, _ := join(t, New(Options{ResolvConf: config}), "box", networkv1.Scope_SCOPE_PUBLIC)
	if found := guest.resolve(t, "server.example"); !slices.Equal(found, []netip.Addr{here}) {
		t.Fatalf("resolved: %v", found)
	}
	nameServers(t, config, otherResolver)
	guest.resolvesTo(t, "server.example", there)
	nameServers(t, config, resolver)
	guest.resolvesTo(t, "server.example", here)
	world.mu.Lock()
	world.names = world.elsewhere
	world.mu.Unlock()
	if err := ip("addr", "add", "10.66.0.5/24", "dev", "world0"); err != nil {
		t.Fatal(err)
	}
	guest.resolvesTo(t, "server.example", there)
}

// resolvesTo awaits an answer: the gateway looks at the host now and then.
func (g *guest) resolvesTo(t *testing.T, name string, address netip.Addr) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		found := g.resolve(t, name)
		if slices.Equal(found, []netip.Addr{address}) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s leads to %v", name, found)
		}
	}
}
