package rules

import (
	"net/netip"
	"strings"
	"testing"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/policy"
)

func allow(text string) *networkv1.Rule { return wire(text, false) }
func deny(text string) *networkv1.Rule  { return wire(text, true) }

// wire reads "target port-port protocol".
func wire(text string, deny bool) *networkv1.Rule {
	fields := strings.Fields(text + " - -")
	r := &networkv1.Rule{Deny: deny, Target: &networkv1.Rule_Domain{Domain: fields[0]}}
	if strings.Contains(fields[0], "/") {
		r.Target = &networkv1.Rule_Network{Network: fields[0]}
	}
	switch fields[1] {
	case "443":
		r.FirstPort, r.LastPort = 443, 443
	case "8000-8010":
		r.FirstPort, r.LastPort = 8000, 8010
	}
	r.Transport = map[string]networkv1.Transport{"tcp": networkv1.Transport_TRANSPORT_TCP, "udp": networkv1.Transport_TRANSPORT_UDP}[fields[2]]
	return r
}

func to(protocol policy.Protocol, address string, names ...string) policy.Destination {
	at := netip.MustParseAddrPort(address)
	return policy.Destination{Protocol: protocol, Address: at.Addr(), Port: at.Port(), Names: names}
}

func question(name string) policy.Destination {
	return policy.Destination{Protocol: policy.DNS, Name: name}
}

func answer(name, address string) policy.Destination {
	return policy.Destination{Protocol: policy.DNS, Name: name, Address: netip.MustParseAddr(address)}
}

func TestDecide(t *testing.T) {
	lists := map[string][]*networkv1.Rule{
		"domains":  {allow("api.example.com - -"), allow("*.example.org 443 -")},
		"networks": {allow("203.0.113.0/24 443 tcp"), allow("2001:db8::/32 8000-8010 -")},
		"udp":      {allow("time.example.com - udp")},
		"denied":   {deny("*.bad.test - -"), deny("198.51.100.0/24 - -"), deny("port.test 443 -")},
		"both":     {allow("*.example.org - -"), deny("secret.example.org - -"), deny("203.0.113.9/32 - -")},
	}
	for _, row := range []struct {
		list  string
		to    policy.Destination
		allow bool
	}{
		{"domains", to(policy.TCP, "203.0.113.1:80", "api.example.com"), true},
		{"domains", to(policy.TCP, "203.0.113.1:80"), false},
		{"domains", to(policy.TCP, "203.0.113.1:80", "www.example.com"), false},
		{"domains", to(policy.UDP, "203.0.113.1:443", "api.example.com"), false},
		{"domains", to(policy.ICMP, "203.0.113.1:0", "api.example.com"), false},
		{"domains", to(policy.TCP, "203.0.113.1:443", "a.b.example.org"), true},
		{"domains", to(policy.TCP, "203.0.113.1:444", "a.b.example.org"), false},
		{"domains", to(policy.TCP, "203.0.113.1:443", "example.org"), false},
		{"domains", to(policy.TCP, "203.0.113.1:443", "badexample.org"), false},
		{"domains", question("api.example.com"), true},
		{"domains", question("x.example.org"), true},
		{"domains", question("leak.attacker.test"), false},
		{"domains", answer("api.example.com", "203.0.113.1"), true},
		{"networks", to(policy.TCP, "203.0.113.200:443"), true},
		{"networks", to(policy.TCP, "[::ffff:203.0.113.200]:443"), true},
		{"networks", to(policy.UDP, "203.0.113.200:443"), false},
		{"networks", to(policy.TCP, "203.0.114.1:443"), false},
		{"networks", to(policy.UDP, "[2001:db8::1]:8005"), true},
		{"networks", to(policy.UDP, "[2001:db8::1]:8011"), false},
		{"networks", question("example.com"), false},
		{"udp", to(policy.UDP, "203.0.113.1:123", "time.example.com"), true},
		{"udp", to(policy.TCP, "203.0.113.1:123", "time.example.com"), false},
		{"denied", to(policy.TCP, "203.0.113.1:443", "www.bad.test"), false},
		{"denied", to(policy.UDP, "203.0.113.1:443", "www.bad.test"), false},
		{"denied", to(policy.TCP, "203.0.113.1:443", "www.good.test"), true},
		{"denied", to(policy.ICMP, "198.51.100.7:0"), false},
		{"denied", question("www.bad.test"), false},
		{"denied", question("port.test"), true},
		{"denied", to(policy.TCP, "203.0.113.1:443", "port.test"), false},
		{"denied", answer("www.good.test", "198.51.100.7"), false},
		{"both", to(policy.TCP, "203.0.113.1:443", "a.example.org"), true},
		{"both", to(policy.TCP, "203.0.113.1:443", "a.example.org", "secret.example.org"), false},
		{"both", to(policy.TCP, "203.0.113.9:443", "a.example.org"), false},
	} {
		set, err := Read(lists[row.list])
		if err != nil {
			t.Fatal(err)
		}
		decision := set.Decide(row.to)
		if decision.Allow != row.allow || decision.Rule == "" || decision.Allow == (decision.Reason != "") {
			t.Errorf("%s: %+v: %+v", row.list, row.to, decision)
		}
	}
}

func TestConfirm(t *testing.T) {
	set, err := Read([]*networkv1.Rule{
		allow("*.example.org - -"), allow("203.0.113.0/24 - -"), deny("bad.example.org 443 -"),
	})
	if err != nil {
		t.Fatal(err)
	}
	resolved := to(policy.TCP, "198.51.100.1:443", "a.example.org", "www.front.test")
	listed := to(policy.TCP, "203.0.113.1:443")
	for _, row := range []struct {
		to     policy.Destination
		name   string
		allow  bool
		byName bool
	}{
		{resolved, "a.example.org", true, true},
		{resolved, "b.example.org", false, true},  // allowed, but not what was resolved
		{resolved, "www.front.test", false, true}, // resolved, but not allowed
		{resolved, "", false, true},
		{listed, "anything.test", true, true},
		{listed, "bad.example.org", false, true}, // whatever was resolved
		{to(policy.TCP, "203.0.113.1:80"), "", true, false},
		{to(policy.UDP, "203.0.113.1:443"), "", true, false},
	} {
		if decision := set.Confirm(row.to, row.name); decision.Allow != row.allow {
			t.Errorf("%+v as %q: %+v", row.to, row.name, decision)
		}
		if set.ByName(row.to) != row.byName {
			t.Errorf("%+v: by name is not %v", row.to, row.byName)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, bad := range []*networkv1.Rule{
		{}, allow("*"), allow("a.*.b"), allow(strings.Repeat("a", 254)), allow("10.0.0.0/40"),
		{Target: &networkv1.Rule_Domain{Domain: "a"}, FirstPort: 2, LastPort: 1},
		{Target: &networkv1.Rule_Domain{Domain: "a"}, FirstPort: 1, LastPort: 1 << 16},
	} {
		if _, err := Read([]*networkv1.Rule{bad}); err == nil {
			t.Errorf("%v", bad)
		}
	}
	if _, err := Read(make([]*networkv1.Rule, MaxRules+1)); err == nil {
		t.Error("no bound")
	}
	if set, err := Read(nil); set != nil || err != nil {
		t.Error("no rules")
	}
}
