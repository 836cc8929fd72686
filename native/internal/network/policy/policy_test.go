package policy

import (
	"net/netip"
	"testing"
)

// What each address is, in whatever spelling.
var addresses = map[string]kind{
	"8.8.8.8": public, "1.1.1.1": public, "93.184.216.34": public, "100.63.255.255": public,
	"100.128.0.1": public, "172.15.255.255": public, "172.32.0.1": public, "192.167.0.1": public,
	"198.17.0.1": public, "198.20.0.1": public, "223.255.255.255": public,
	"::ffff:8.8.8.8": public, "64:ff9b::8.8.8.8": public, "2606:4700::1111": public, "2a00:1450::1": public,

	"10.0.0.1": private, "172.16.0.1": private, "172.31.255.255": private, "192.168.1.1": private,
	"100.64.0.1": private, "100.127.255.255": private, "::ffff:10.0.0.1": private, "::10.0.0.1": private,
	"64:ff9b::10.0.0.1": private, "64:ff9b::c0a8:0101": private, "fd00::1": private, "fc12::1": private,
	"fec0::1": private, "2a00:1450::5efe:10.0.0.1": private, "2a00:1450::200:5efe:192.168.0.1": private,

	"127.0.0.1": loopback, "127.255.255.254": loopback, "::1": loopback, "::ffff:127.0.0.1": loopback,
	"::127.0.0.1": loopback, "64:ff9b::127.0.0.1": loopback, "::ffff:7f00:1": loopback,

	"169.254.0.1": linkLocal, "fe80::1": linkLocal, "febf::1": linkLocal, "::ffff:169.254.1.1": linkLocal,
	"fe80::1%eth0": linkLocal,

	"169.254.169.254": metadata, "::ffff:169.254.169.254": metadata, "::ffff:a9fe:a9fe": metadata,
	"64:ff9b::169.254.169.254": metadata, "::a9fe:a9fe": metadata, "fd00:ec2::254": metadata,
	"168.63.129.16": metadata, "100.100.100.200": metadata, "169.254.170.2": metadata,

	"224.0.0.1": multicast, "239.255.255.250": multicast, "255.255.255.255": multicast, "ff02::1": multicast,
	"::ffff:224.0.0.251": multicast, "ff0e::1": multicast,

	"192.0.2.1": reserved, "198.18.0.1": reserved, "198.19.0.7": reserved, "198.51.100.1": reserved,
	"203.0.113.9": reserved, "240.0.0.1": reserved, "2001:db8::1": reserved, "3fff::1": reserved,
	"4000::1": reserved, "100::1": reserved, "64:ff9b:1::8.8.8.8": reserved, "5f00::1": reserved,

	"2002:a00:1::": tunnel, "2002:808:808::": tunnel, "2001:0:4136:e378::1": tunnel, "192.88.99.1": tunnel,
	"0.0.0.0": unreachable, "0.1.2.3": unreachable, "::": unreachable, "::ffff:0.0.0.0": unreachable,
}

func TestAddresses(t *testing.T) {
	for text, want := range addresses {
		if got := classify(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s is %s, not %s", text, got, want)
		}
	}
	if got := classify(netip.Addr{}); got != unreachable {
		t.Errorf("no address is %s", got)
	}
}

// The table of scopes and kinds of destinations.
func TestScopes(t *testing.T) {
	own := netip.MustParseAddr("203.0.114.7")
	p := &Policy{Own: func() []netip.Addr { return []netip.Addr{own} }}
	member := &Sandbox{Name: "db", Scope: Group, Groups: []string{"front", "back"}}
	stranger := &Sandbox{Name: "other", Scope: Any, Groups: []string{"elsewhere"}}
	address := func(text string) Destination {
		return Destination{Protocol: TCP, Address: netip.MustParseAddr(text), Port: 80}
	}
	answer := func(text string) Destination {
		return Destination{Protocol: DNS, Name: "example.org", Address: netip.MustParseAddr(text)}
	}
	rows := []struct {
		name    string
		to      Destination
		allowed map[Scope]bool
	}{
		{"public", address("8.8.8.8"), map[Scope]bool{Public: true, Any: true}},
		{"public, mapped", address("::ffff:8.8.8.8"), map[Scope]bool{Public: true, Any: true}},
		{"the host's public address", address("203.0.114.7"), map[Scope]bool{Any: true}},
		{"the host's, mapped", address("::ffff:203.0.114.7"), map[Scope]bool{Any: true}},
		{"private", address("192.168.1.1"), map[Scope]bool{Any: true}},
		{"link-local", address("169.254.1.1"), map[Scope]bool{Any: true}},
		{"metadata", address("169.254.169.254"), map[Scope]bool{Any: true}},
		{"6to4", address("2002:a00:1::"), map[Scope]bool{Any: true}},
		{"multicast", address("224.0.0.1"), nil},
		{"broadcast", address("255.255.255.255"), nil},
		{"loopback", address("127.0.0.1"), nil},
		{"loopback, mapped", address("::ffff:127.0.0.1"), nil},
		{"no address", address("0.0.0.0"), nil},
		{"the host's loopback by its own address", Destination{Protocol: TCP, Host: true}, map[Scope]bool{Any: true}},
		{"a name", Destination{Protocol: DNS, Name: "example.org"}, map[Scope]bool{Public: true, Any: true}},
		{"a name that answers with a public address", answer("8.8.8.8"), map[Scope]bool{Public: true, Any: true}},
		{"a name that answers with a private address", answer("10.0.0.1"), map[Scope]bool{Any: true}},
		{"a member", Destination{Protocol: TCP, Peer: member}, map[Scope]bool{Group: true, Public: true, Any: true}},
		{"a sandbox of another group", Destination{Protocol: TCP, Peer: stranger}, nil},
	}
	for _, row := range rows {
		for _, scope := range []Scope{None, Group, Public, Any} {
			decision := p.Decide(Sandbox{Name: "web", Scope: scope, Groups: []string{"back"}}, row.to)
			if decision.Allow != row.allowed[scope] {
				t.Errorf("%s under %s: %+v", row.name, scope, decision)
			}
			if decision.Allow == (decision.Reason != "") || decision.Rule == "" {
				t.Errorf("%s under %s is not explained: %+v", row.name, scope, decision)
			}
		}
	}
}

type recorder []Decision

func (r *recorder) Decided(_ Sandbox, _ Destination, d Decision) { *r = append(*r, d) }

// narrow are rules about addresses only.
type narrow func(Destination) Decision

func (n narrow) Decide(to Destination) Decision               { return n(to) }
func (n narrow) ByName(Destination) bool                      { return false }
func (n narrow) Confirm(to Destination, name string) Decision { return n(to) }

func TestNarrowingAndObserving(t *testing.T) {
	seen, own := &recorder{}, &recorder{}
	p := &Policy{Observer: seen}
	web := Sandbox{Name: "web", Scope: Public, Observer: own, Rules: narrow(func(to Destination) Decision {
		return Decision{Allow: to.Port == 443, Rule: "allow *:443"}
	})}
	ask := func(text string, port uint16) bool {
		return p.Decide(web, Destination{Protocol: TCP, Address: netip.MustParseAddr(text), Port: port}).Allow
	}
	if ask("8.8.8.8", 80) || !ask("8.8.8.8", 443) {
		t.Error("the rule does not narrow the scope")
	}
	if ask("10.0.0.1", 443) {
		t.Error("a rule widens the scope")
	}
	if len(*seen) != 3 || len(*own) != 3 {
		t.Errorf("%d and %d of 3 decisions were seen", len(*seen), len(*own))
	}
}
