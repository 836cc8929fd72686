// Package lease gives the sandboxes of a network their addresses. A number belongs to a sandbox while
// its supervisor lives and holds the lock of the number's file: no gateway, that of another life or
// one that has not come yet, needs to know.
package lease

import (
	"fmt"
	"net/netip"
)

// The network's plan: addresses that no network on the host's side should have. 198.18.0.0/15 is set
// aside for benchmarks and routed nowhere; the IPv6 prefix is a local one with random bits.
var (
	Network4 = netip.MustParsePrefix("198.19.0.0/16")
	Network6 = netip.MustParsePrefix("fd6d:7362:6e65:7400::/64")
	Gateway4 = netip.MustParseAddr("198.19.0.1")
	Gateway6 = netip.MustParseAddr("fd6d:7362:6e65:7400::1")
	// Host stands for the host's loopback, whose servers mostly have no IPv6.
	Host = netip.MustParseAddr("198.19.0.2")
)

// GatewayMAC is the gateway's on each sandbox's wire.
const GatewayMAC = "02:6d:65:00:00:01"

// MTU is the largest for which a frame fits into 64 KiB: the larger the packets, the fewer of them
// an emulated processor has to handle.
const MTU = 65520

// first and last are the numbers that are given to sandboxes; rehearsed is on no network.
const (
	rehearsed = 0x10

	first = 0x100
	last  = 0xfffe
)

// IPv4 is the address of number n.
func IPv4(n uint16) netip.Addr {
	base := Network4.Addr().As4()
	base[2], base[3] = byte(n>>8), byte(n)
	return netip.AddrFrom4(base)
}

// IPv6 is the address of number n.
func IPv6(n uint16) netip.Addr {
	base := Network6.Addr().As16()
	base[14], base[15] = byte(n>>8), byte(n)
	return netip.AddrFrom16(base)
}

// MAC is the hardware address of number n, locally administered.
func MAC(n uint16) string { return fmt.Sprintf("02:6d:65:01:%02x:%02x", byte(n>>8), byte(n)) }
