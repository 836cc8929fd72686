package gateway

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/audit"
	"sandboxfile/native/internal/network/inspect"
)

// What rules beyond the scope let through, on the wire, and what the log says of the rest.
func TestRulesOnTheWire(t *testing.T) {
	world := newWorld(t)
	api, other := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("93.184.216.99")
	world.names["api.example.com"] = []netip.Addr{api}
	world.names["leak.attacker.test"] = []netip.Addr{other}
	gateway := New(Options{ResolvConf: world.resolvConf(t), Interceptor: inspect.Inspector{}})
	request := newAttach("box", networkv1.Scope_SCOPE_PUBLIC)
	request.Member.Rules = []*networkv1.Rule{
		{Target: &networkv1.Rule_Domain{Domain: "*.example.com"}, FirstPort: 443, LastPort: 443},
		{Target: &networkv1.Rule_Network{Network: "8.8.4.0/24"}},
		{Deny: true, Target: &networkv1.Rule_Network{Network: "8.8.4.9/32"}},
	}
	var kept bytes.Buffer
	guest, s := joinLogged(t, gateway, request, &kept)
	at := func(address netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(address, port) }
	allowed := map[string]bool{target(17, netip.MustParseAddr(resolver), 53): true}
	passes := func(to netip.AddrPort) { allowed[target(6, to.Addr(), to.Port())] = true }

	// An address that nobody has asked for by an allowed name, and a name that is not allowed.
	guest.refused(t, at(api, 443))
	if found := guest.resolve(t, "leak.attacker.test"); len(found) != 0 {
		t.Errorf("resolved: %v", found)
	}
	if found := guest.resolve(t, "api.example.com"); !slices.Equal(found, []netip.Addr{api}) {
		t.Fatalf("resolved: %v", found)
	}
	guest.refused(t, at(api, 80))
	guest.refused(t, at(netip.MustParseAddr("8.8.4.9"), 53))
	passes(at(netip.MustParseAddr("8.8.4.4"), 53))
	guest.echoes(t, at(netip.MustParseAddr("8.8.4.4"), 53), []byte("any bytes"))
	passes(at(api, 443))
	guest.echoes(t, at(api, 443), []byte("no TLS"))
	guest.echoes(t, at(api, 443), firstWords(t, "api.example.com"))
	for _, name := range []string{"front.test", "other.example.com", ""} {
		guest.cutOff(t, at(api, 443), firstWords(t, name))
	}
	for name := range maps.Keys(world.taken()) {
		if !allowed[name] {
			t.Errorf("left the host: %s", name)
		}
	}
	s.detach()
	checkAudit(t, &kept)
}

// Whoever may reach one name only has no other way out: none of another protocol's at that address, and none through
// who resolves names or connects for others.
func TestWaysAroundRules(t *testing.T) {
	world := newWorld(t)
	api, proxy := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("93.184.216.99")
	doh, doh6 := netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("2606:4700::1111")
	world.names["api.example.com"], world.names["proxy.test"] = []netip.Addr{api}, []netip.Addr{proxy}
	world.names["dns.test"] = []netip.Addr{doh}
	request := newAttach("box", networkv1.Scope_SCOPE_PUBLIC)
	request.Member.Rules = []*networkv1.Rule{{Target: &networkv1.Rule_Domain{Domain: "api.example.com"}, FirstPort: 443, LastPort: 443}}
	guest, _ := joinAs(t, New(Options{ResolvConf: world.resolvConf(t), Interceptor: inspect.Inspector{}}), request)
	if found := guest.resolve(t, "api.example.com"); !slices.Equal(found, []netip.Addr{api}) {
		t.Fatalf("resolved: %v", found)
	}
	for _, name := range []string{"proxy.test", "dns.test", "a.api.example.com", "api.example.com.attacker.test"} {
		if found := guest.resolve(t, name); len(found) != 0 {
			t.Errorf("%s leads to %v", name, found)
		}
	}
	world.taken()
	for to, what := range map[string]string{
		"93.184.216.34:443": "QUIC", "1.1.1.1:53": "DNS", "8.8.8.8:853": "DNS over QUIC", "[2606:4700::1111]:443": "QUIC",
	} {
		guest.send(guest.datagram(netip.MustParseAddrPort(to)))
		if !guest.awaits(func(frame []byte) bool { return refused(frame, netip.MustParseAddrPort(to).Addr()) }) {
			t.Errorf("%s to %s is not refused", what, to)
		}
	}
	for _, to := range []netip.AddrPort{
		netip.AddrPortFrom(doh, 443), netip.AddrPortFrom(doh6, 443), // DNS over HTTPS
		netip.AddrPortFrom(doh, 853), netip.AddrPortFrom(api, 853), netip.AddrPortFrom(doh, 53), // over TLS, over TCP
		netip.AddrPortFrom(proxy, 3128), netip.AddrPortFrom(api, 3128), // CONNECT
		netip.AddrPortFrom(api, 80), // WebSockets and whatever else without TLS
	} {
		guest.refused(t, to)
	}
	guest.send(guest.echoRequest(api))
	guest.flush(t)
	if seen := world.taken(); len(seen) != 0 {
		t.Errorf("left the host: %v", seen)
	}
	// HTTP/2 is TLS as every other.
	to := netip.AddrPortFrom(api, 443)
	guest.echoes(t, to, firstWords(t, "api.example.com", "h2"))
	guest.cutOff(t, to, firstWords(t, "front.test", "h2"))
}

func (g *guest) refused(t *testing.T, to netip.AddrPort) {
	t.Helper()
	if conn, err := g.dial(to); err == nil {
		conn.Close()
		t.Errorf("%s is reached", to)
	}
}

// echoes says the words and hears them again.
func (g *guest) echoes(t *testing.T, to netip.AddrPort, words []byte) {
	t.Helper()
	conn, err := g.dial(to)
	if err != nil {
		t.Fatal(to, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = conn.Write(words)
	heard := make([]byte, len(words))
	if _, err := io.ReadFull(conn, heard); err != nil || !bytes.Equal(heard, words) {
		t.Errorf("%s: %q %v", to, heard, err)
	}
}

// cutOff says the words and hears none of them.
func (g *guest) cutOff(t *testing.T, to netip.AddrPort, words []byte) {
	t.Helper()
	conn, err := g.dial(to)
	if err != nil {
		t.Fatal(to, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = conn.Write(words)
	if heard, err := io.ReadAll(conn); len(heard) > 0 || os.IsTimeout(err) {
		t.Errorf("%s: %d bytes, %v", to, len(heard), err)
	}
}

// firstWords are those of a TLS client.
func firstWords(t *testing.T, name string, protocols ...string) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		_ = tls.Client(client, &tls.Config{ServerName: name, NextProtos: protocols, InsecureSkipVerify: true}).Handshake()
	}()
	defer server.Close()
	words := make([]byte, 16<<10)
	n, err := server.Read(words)
	if err != nil {
		t.Fatal(err)
	}
	return words[:n]
}

func checkAudit(t *testing.T, kept io.Reader) {
	t.Helper()
	var got []string
	for lines := bufio.NewScanner(kept); lines.Scan(); {
		var line audit.Line
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Total != nil {
			if line.Total.Denied != 8 || line.Total.Allowed == 0 {
				t.Errorf("%+v", line.Total)
			}
			continue
		}
		got = append(got, line.Protocol+" "+line.Reason)
	}
	want := []string{
		"tcp not in the list", "dns not in the list", "dns not in the list", "tcp not in the list", "tcp denied",
		"tcp asks for front.test", "tcp asks for other.example.com", "tcp asks for no name",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
