// Package policy says what a sandbox may reach. Whoever is about to open a connection, send a datagram
// or resolve a name for a sandbox asks it first; it neither dials nor resolves anything itself.
package policy

import "net/netip"

// Policy decides, and tells its observer each decision. Its methods may be called at once.
type Policy struct {
	// Own are the host's addresses at this moment, in any form.
	Own func() []netip.Addr
	// Observer, if any, is told each decision. It must not block.
	Observer Observer
}

// Rules are beyond the scope: they refuse what a scope allows, and never allow what it refuses.
type Rules interface {
	Decide(Destination) Decision
	// ByName tells whether the connection, which Decide has allowed, has to be confirmed by the name that it
	// asks for.
	ByName(Destination) bool
	Confirm(to Destination, name string) Decision
}

// Observer sees decisions: counters, an audit log.
type Observer interface {
	Decided(Sandbox, Destination, Decision)
}

// Sandbox is who asks.
type Sandbox struct {
	Name   string // unique in its network
	Scope  Scope
	Groups []string
	Rules  Rules // nil: none
	// Observer, if any, is told each decision about it. It must not block.
	Observer Observer
}

// Protocol is how a destination is to be reached.
type Protocol string

// Protocols.
const (
	TCP  Protocol = "tcp"
	UDP  Protocol = "udp"
	ICMP Protocol = "icmp" // echo
	DNS  Protocol = "dns"  // a question, of which only Name is known, or an answer to it: Name and Address
)

// Destination is what is asked for.
type Destination struct {
	Protocol Protocol
	Address  netip.Addr // as the guest wrote it, whatever the spelling
	Port     uint16     // of TCP and UDP
	// Name is the name asked for, of DNS; lower case, without a dot at its end.
	Name string
	// Names are those for which this sandbox was answered Address and the answer is still good.
	Names []string
	// Peer is the sandbox of this network that has the address; nil: none has.
	Peer *Sandbox
	// Host: the address stands for the host's loopback.
	Host bool
}

// Decision is the answer. Rule and Reason are for people: what decided, and why.
type Decision struct {
	Allow  bool
	Rule   string // "scope public", "group backend", or what a Narrower calls its rule
	Reason string // "private", "loopback" …; empty when allowed
}

// Decide comes before anything is sent to the destination.
func (p *Policy) Decide(sandbox Sandbox, to Destination) Decision {
	decision := p.Would(sandbox, to)
	for _, observer := range []Observer{p.Observer, sandbox.Observer} {
		if observer != nil {
			observer.Decided(sandbox, to, decision)
		}
	}
	return decision
}

// Would is what Decide would answer; nobody is told.
func (p *Policy) Would(sandbox Sandbox, to Destination) Decision {
	decision := p.byScope(sandbox, to)
	if decision.Allow && sandbox.Rules != nil && to.Peer == nil {
		decision = sandbox.Rules.Decide(to)
	}
	return decision
}
