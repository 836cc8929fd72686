package gateway

import (
	"net/netip"
	"os"
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
	// In the world this one repeats what it hears, which is no answer.
	const down = "nameserver 9.9.9.8\n"
	world := newWorld(t)
	address := netip.MustParseAddr("93.184.216.34")
	world.names["first.example"], world.names["second.example"] = []netip.Addr{address}, []netip.Addr{address}
	config := filepath.Join(t.TempDir(), "resolv.conf")
	rewrite := func(content string) {
		t.Helper()
		next := config + ".new"
		if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, config); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(down + "nameserver " + resolver + "\n")
	gateway := New(Options{ResolvConf: config})
	guest, _ := join(t, gateway, "box", networkv1.Scope_SCOPE_PUBLIC)
	if found := guest.resolve(t, "first.example"); !slices.Equal(found, []netip.Addr{address}) {
		t.Fatalf("behind a resolver that is down: %v", found)
	}
	rewrite(down)
	conn, err := guest.dialUDP(netip.AddrPortFrom(lease.Gateway4, namePort))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The file is looked at again after a moment.
	for deadline := time.Now().Add(patience); ; {
		message, err := guest.ask(conn, "unknown.example", dnsmessage.TypeA)
		if err != nil {
			t.Fatal(err)
		}
		if message.RCode == dnsmessage.RCodeServerFailure {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("with no resolver: %s", message.RCode)
		}
	}
	if message, err := guest.ask(conn, "first.example", dnsmessage.TypeA); err != nil || len(message.Answers) != 1 {
		t.Errorf("what is known: %v, %v", message, err)
	}
	rewrite("nameserver " + resolver + "\n")
	for deadline := time.Now().Add(patience); ; {
		message, err := guest.ask(conn, "second.example", dnsmessage.TypeA)
		if err != nil {
			t.Fatal(err)
		}
		if len(message.Answers) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("with a resolver again: %s", message.RCode)
		}
	}
}
