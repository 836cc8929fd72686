// Package gateway is the virtual network of one project: each sandbox has a wire of its own that ends
// here, and whatever leaves a sandbox is decided about here before it reaches anything.
package gateway

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/dns"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/policy"
)

// Options are what a network is made with.
type Options struct {
	Observer    policy.Observer
	Interceptor policy.Interceptor
	// ResolvConf names the host's resolvers.
	ResolvConf string
	// Limits are each sandbox's; nil: the usual ones.
	Limits *Limits
	// Jail is what confines this process, for who asks.
	Jail []*jailv1.Part
}

// Gateway is one project's.
type Gateway struct {
	policy      policy.Policy
	interceptor policy.Interceptor
	resolver    *dns.Resolver
	flows       *flows
	limits      Limits

	// mu guards the tables. A station is in them from its start until its end.
	mu        sync.RWMutex
	stations  map[*station]struct{}
	addresses map[netip.Addr][]*station
}

// New makes a gateway without sandboxes.
func New(options Options) *Gateway {
	host := &hostAddresses{}
	limits := DefaultLimits
	if options.Limits != nil {
		limits = *options.Limits
	}
	return &Gateway{
		limits:      limits,
		policy:      policy.Policy{Own: host.now, Observer: options.Observer},
		interceptor: options.Interceptor,
		resolver:    dns.New(dns.NewUpstream(dns.ServersOf(options.ResolvConf)), host),
		flows:       newFlows(),
		stations:    make(map[*station]struct{}),
		addresses:   make(map[netip.Addr][]*station),
	}
}

// Sandboxes counts those that are attached.
func (g *Gateway) Sandboxes() int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return len(g.stations)
}

func (g *Gateway) enter(s *station) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stations[s] = struct{}{}
	for _, address := range s.guard.Addresses {
		g.addresses[address] = append(g.addresses[address], s)
	}
}

func (g *Gateway) leave(s *station) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.stations, s)
	for _, address := range s.guard.Addresses {
		left := slices.DeleteFunc(g.addresses[address], func(other *station) bool { return other == s })
		if len(left) == 0 {
			delete(g.addresses, address)
		} else {
			g.addresses[address] = left
		}
	}
}

// find is the sandbox that has the address, for this one: groups may use the same addresses.
func (g *Gateway) find(address netip.Addr, asker *station) *station {
	g.mu.RLock()
	defer g.mu.RUnlock()
	found := g.addresses[address]
	for _, s := range found {
		if s != asker && asker.shares(s) {
			return s
		}
	}
	if len(found) > 0 {
		return found[0]
	}
	return nil
}

// lookUp are the addresses behind a name of the network: a sandbox's, a host name in a group, or a
// group's, which is all its members. Only members of a group know its names.
func (g *Gateway) lookUp(name string, asker *station) (addresses []netip.Addr, found bool) {
	if address, ok := fixedNames(name, asker.sandbox.Scope); ok {
		return address, true
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	for s := range g.stations {
		if s == asker && s.isCalled(name) || s != asker && g.knows(asker, s, name) {
			addresses = append(addresses, s.guard.Addresses...)
			found = true
		}
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	return slices.Compact(addresses), found
}

func (g *Gateway) knows(asker, s *station, name string) bool {
	for _, membership := range s.member.GetGroups() {
		if !slices.Contains(asker.sandbox.Groups, membership.GetGroup()) {
			continue
		}
		if s.isCalled(name) || sameName(membership.GetHostname(), name) || sameName(membership.GetGroup(), name) {
			return true
		}
	}
	return false
}

// hostNames lead to the host's loopback, where that may be reached.
var hostNames = []string{"host.sandbox.internal", "host.docker.internal"}

func fixedNames(name string, scope policy.Scope) ([]netip.Addr, bool) {
	if !slices.Contains(hostNames, name) {
		return nil, false
	}
	if scope != policy.Any {
		return nil, true
	}
	return []netip.Addr{lease.Host}, true
}

func sameName(written, asked string) bool {
	return written != "" && strings.EqualFold(strings.TrimSuffix(written, "."), asked)
}

func scopeOf(scope networkv1.Scope) policy.Scope {
	switch scope {
	case networkv1.Scope_SCOPE_PUBLIC:
		return policy.Public
	case networkv1.Scope_SCOPE_ANY:
		return policy.Any
	}
	return policy.Group
}
