package policy

import "net/netip"

// kind is what an address is for, in the words of a refusal.
type kind string

const (
	public      kind = "public"
	private     kind = "private"
	loopback    kind = "loopback"
	linkLocal   kind = "link-local"
	metadata    kind = "metadata"
	multicast   kind = "multicast"
	reserved    kind = "reserved"
	tunnel      kind = "tunnel" // leads to an IPv4 address that the packet does not show
	unreachable kind = "no address"
)

// span is a range of addresses and what it is for.
type span struct {
	prefix netip.Prefix
	kind   kind
}

func spans(kind kind, prefixes ...string) []span {
	list := make([]span, len(prefixes))
	for i, prefix := range prefixes {
		list[i] = span{netip.MustParsePrefix(prefix), kind}
	}
	return list
}

// special is IANA's registries of special-purpose addresses, the narrower range first, and the places
// where clouds tell virtual machines about themselves. What is in none of them is public, of IPv6 only
// within what is given out (given).
var special = join(
	spans(metadata, "169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "168.63.129.16/32",
		"100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128"),
	spans(loopback, "127.0.0.0/8", "::1/128"),
	spans(linkLocal, "169.254.0.0/16", "fe80::/10"),
	spans(private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
	spans(multicast, "224.0.0.0/4", "255.255.255.255/32", "ff00::/8"),
	spans(unreachable, "0.0.0.0/8", "::/128"),
	spans(reserved, "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001:db8::/32", "3fff::/20",
		"2620:4f:8000::/48"),
	spans(tunnel, "192.88.99.0/24", "2001::/23", "2002::/16"),
)

// given is what of IPv6 is given out for the internet.
var given = netip.MustParsePrefix("2000::/3")

// translated is where networks without IPv4 show IPv4 addresses: in the last four bytes.
var translated = netip.MustParsePrefix("64:ff9b::/96")

func classify(address netip.Addr) kind {
	if !address.IsValid() {
		return unreachable
	}
	address = Plain(address)
	for _, span := range special {
		if span.prefix.Contains(address) {
			return span.kind
		}
	}
	if address.Is4() {
		return public
	}
	if inner, ok := embedded(address); ok && classify(inner) != public {
		return classify(inner)
	}
	if given.Contains(address) || translated.Contains(address) {
		return public
	}
	return reserved
}

// Plain is the address without a zone, and IPv4 in its own form.
func Plain(address netip.Addr) netip.Addr { return address.WithZone("").Unmap() }

// embedded is the IPv4 address that an IPv6 address stands for: translated by the network, "compatible"
// (::a.b.c.d), or reached by ISATAP (…:0:5efe:a.b.c.d).
func embedded(address netip.Addr) (netip.Addr, bool) {
	bytes := address.As16()
	last := netip.AddrFrom4([4]byte(bytes[12:]))
	zero := [12]byte{}
	isatap := bytes[8]&^2 == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe
	return last, translated.Contains(address) || [12]byte(bytes[:12]) == zero || isatap
}

func join(lists ...[]span) (all []span) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
