package policy

import (
	"net/netip"
	"slices"
)

// Scope is how far a sandbox reaches.
type Scope int

// Scopes, each reaching farther than the one before.
const (
	None   Scope = iota // nothing; such a sandbox has no network device
	Group               // the other members of its groups
	Public              // and what is public
	Any                 // and everything else
)

func (s Scope) String() string {
	switch s {
	case Group:
		return "group"
	case Public:
		return "public"
	case Any:
		return "any"
	}
	return "none"
}

func (p *Policy) byScope(sandbox Sandbox, to Destination) Decision {
	rule := "scope " + sandbox.Scope.String()
	refuse := func(reason string) Decision { return Decision{Rule: rule, Reason: reason} }
	switch {
	case sandbox.Scope == None:
		return refuse("no network")
	case to.Peer != nil:
		if shared, ok := sandbox.shares(to.Peer); ok {
			return Decision{Allow: true, Rule: "group " + shared}
		}
		return refuse("other sandbox")
	case sandbox.Scope == Group:
		return refuse("outside the group")
	case to.Protocol == DNS && !to.Address.IsValid():
		return Decision{Allow: true, Rule: rule}
	case to.Host:
		if sandbox.Scope == Any {
			return Decision{Allow: true, Rule: rule}
		}
		return refuse("host")
	}
	kind := classify(to.Address)
	switch {
	case kind == unreachable, kind == multicast, kind == loopback:
		// Nobody's: the guest's own loopback is in the guest, the host's has an address of its own.
		return refuse(string(kind))
	case sandbox.Scope == Any:
	case kind != public:
		return refuse(string(kind))
	case p.isOwn(to.Address):
		return refuse("host")
	}
	return Decision{Allow: true, Rule: rule}
}

func (s Sandbox) shares(peer *Sandbox) (group string, ok bool) {
	if peer.Scope == None {
		return "", false
	}
	for _, group := range s.Groups {
		if slices.Contains(peer.Groups, group) {
			return group, true
		}
	}
	return "", false
}

func (p *Policy) isOwn(address netip.Addr) bool {
	if p.Own == nil {
		return false
	}
	address = Plain(address)
	return slices.ContainsFunc(p.Own(), func(own netip.Addr) bool { return Plain(own) == address })
}
