package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/policy"
)

// maxDomain is what DNS allows.
const maxDomain = 253

type rule struct {
	text        string
	domain      string       // "*.example.org": every name below; "": it is a network
	network     netip.Prefix // when domain is ""
	first, last uint16       // first 0: all ports
	protocol    policy.Protocol
}

func read(wire *networkv1.Rule) (rule, error) {
	one := rule{}
	switch target := wire.GetTarget().(type) {
	case *networkv1.Rule_Domain:
		one.domain = strings.ToLower(target.Domain)
		if one.domain == "" || len(one.domain) > maxDomain || strings.Contains(strings.TrimPrefix(one.domain, "*."), "*") {
			return one, fmt.Errorf("%q is no domain", target.Domain)
		}
		one.text = one.domain
	case *networkv1.Rule_Network:
		prefix, err := netip.ParsePrefix(target.Network)
		if err != nil {
			return one, err
		}
		one.network, one.text = prefix.Masked(), prefix.Masked().String()
	default:
		return one, errors.New("a rule without a target")
	}
	if wire.GetLastPort() > 1<<16-1 || wire.GetFirstPort() > wire.GetLastPort() {
		return one, fmt.Errorf("ports %d to %d", wire.GetFirstPort(), wire.GetLastPort())
	}
	one.first, one.last = uint16(wire.GetFirstPort()), uint16(wire.GetLastPort())
	if one.first != 0 {
		one.text += fmt.Sprintf(":%d", one.first)
		if one.last != one.first {
			one.text += fmt.Sprintf("-%d", one.last)
		}
	}
	switch wire.GetTransport() {
	case networkv1.Transport_TRANSPORT_TCP:
		one.protocol, one.text = policy.TCP, one.text+"/tcp"
	case networkv1.Transport_TRANSPORT_UDP:
		one.protocol, one.text = policy.UDP, one.text+"/udp"
	}
	return one, nil
}

// covers is about port and protocol only.
func (r rule) covers(to policy.Destination) bool {
	if r.protocol != "" && r.protocol != to.Protocol {
		return false
	}
	return r.first == 0 || to.Protocol != policy.ICMP && r.first <= to.Port && to.Port <= r.last
}

// names tells whether the rule is about the name.
func (r rule) names(name string) bool {
	if below, ok := strings.CutPrefix(r.domain, "*"); ok {
		return len(name) > len(below) && strings.HasSuffix(name, below)
	}
	return r.domain != "" && r.domain == name
}

func match(rules []rule, to policy.Destination, names []string) (rule, bool) {
	if found, ok := matchNetwork(rules, to); ok {
		return found, true
	}
	return matchDomain(rules, to, names)
}

func matchNetwork(rules []rule, to policy.Destination) (rule, bool) {
	address := policy.Plain(to.Address)
	return first(rules, func(r rule) bool { return r.domain == "" && r.covers(to) && r.network.Contains(address) })
}

func matchDomain(rules []rule, to policy.Destination, names []string) (rule, bool) {
	return first(rules, func(r rule) bool { return r.covers(to) && slices.ContainsFunc(names, r.names) })
}

func first(rules []rule, is func(rule) bool) (rule, bool) {
	if at := slices.IndexFunc(rules, is); at >= 0 {
		return rules[at], true
	}
	return rule{}, false
}
