package lease

import agentv1 "sandboxfile/native/gen/menv/agent/v1"

// Interface is what the guest's device gets with this number; more are IPv4 addresses besides.
func (l *Lease) Interface(more []string) *agentv1.NetworkInterface {
	addresses := append([]string{IPv4(l.Number).String()}, more...)
	return &agentv1.NetworkInterface{
		Mac: MAC(l.Number), Addresses: append(addresses, IPv6(l.Number).String()),
		GatewayMac: GatewayMAC, GatewayIpv4: Gateway4.String(), GatewayIpv6: Gateway6.String(), Mtu: MTU,
	}
}

// Rehearsed is what a guest's device gets that is nobody's yet.
func Rehearsed() *agentv1.NetworkInterface {
	return (&Lease{Number: rehearsed}).Interface(nil)
}
