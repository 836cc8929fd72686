// Package dns answers the guests' questions about names: those of the network's sandboxes itself, others
// by asking the host's resolvers.
package dns

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Client is a guest that asks.
type Client interface {
	// Local are the addresses of a name of this network, as far as this guest may know them.
	Local(name string) (addresses []netip.Addr, found bool)
	// MayAsk decides about a name before anybody is asked.
	MayAsk(name string) bool
	// MayLearn decides about an address that a name leads to.
	MayLearn(name string, address netip.Addr) bool
	// Learned is told what the guest is about to be told, and for how long that is good.
	Learned(name string, address netip.Addr, ttl time.Duration)
}

const (
	// localTTL is short, since sandboxes come and go.
	localTTL = 5
	// leastSize is what every client takes over UDP, mostSize what is sent there at most.
	leastSize, mostSize = 512, 4096
	// askTime is what a question may take in all.
	askTime = 10 * time.Second
)

// Host is where the resolver is.
type Host interface {
	// IPv6 tells whether the host has it at the moment: without it names have no such addresses, because many
	// programs try them first and alone.
	IPv6() bool
	// Moves counts how often the host's addresses have changed.
	Moves() uint64
}

// Resolver answers. It may be asked by many at once.
type Resolver struct {
	upstream *Upstream
	cache    *cache
	host     Host
}

// New makes a resolver that asks these servers.
func New(upstream *Upstream, host Host) *Resolver {
	return &Resolver{upstream: upstream, cache: newCache(), host: host}
}

// Answer is the response to a query, nil if it deserves none. size is how much may come back; 0: what
// the query itself allows over UDP.
func (r *Resolver) Answer(ctx context.Context, client Client, query []byte, size int) []byte {
	header, question, allowed, ok := readQuery(query)
	if !ok {
		return nil
	}
	if size == 0 {
		size = allowed
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return write(header, question, r.resolve(ctx, client, question), size)
}

// result is what is known about a question.
type result struct {
	code        dnsmessage.RCode
	answers     []dnsmessage.Resource
	authorities []dnsmessage.Resource
}

func (r *Resolver) resolve(ctx context.Context, client Client, question dnsmessage.Question) result {
	name := plainName(question.Name)
	if question.Class != dnsmessage.ClassINET {
		return result{code: dnsmessage.RCodeNotImplemented}
	}
	if addresses, found := client.Local(name); found {
		return local(question, addresses)
	}
	if !client.MayAsk(name) {
		return result{code: dnsmessage.RCodeNameError}
	}
	if question.Type == dnsmessage.TypeAAAA && !r.host.IPv6() {
		return result{}
	}
	// What it was before the question: an answer of meanwhile may be the former network's.
	at := key{name, question.Type, r.upstream.servers.Changes() + r.host.Moves()}
	found, ok := r.cache.get(at)
	if !ok {
		var err error
		if found, err = r.upstream.Ask(ctx, question); err != nil {
			return result{code: dnsmessage.RCodeServerFailure}
		}
		r.cache.put(at, found)
	}
	return r.guarded(client, name, found)
}

// guarded refuses an answer that leads to an address which the guest may not have: a name of
// somebody else's must not become a way into a network that is closed to the guest.
func (r *Resolver) guarded(client Client, name string, found result) result {
	for _, resource := range found.answers {
		if address, ok := addressOf(resource.Body); ok && !client.MayLearn(name, address) {
			return result{code: dnsmessage.RCodeNameError}
		}
	}
	for _, resource := range found.answers {
		if address, ok := addressOf(resource.Body); ok {
			client.Learned(name, address, time.Duration(resource.Header.TTL)*time.Second)
		}
	}
	return found
}

func local(question dnsmessage.Question, addresses []netip.Addr) result {
	found := result{}
	header := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: localTTL}
	for _, address := range addresses {
		switch {
		case address.Is4() && question.Type == dnsmessage.TypeA:
			header.Type = dnsmessage.TypeA
			found.answers = append(found.answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: address.As4()}})
		case address.Is6() && question.Type == dnsmessage.TypeAAAA:
			header.Type = dnsmessage.TypeAAAA
			found.answers = append(found.answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
		}
	}
	return found
}

func addressOf(body dnsmessage.ResourceBody) (netip.Addr, bool) {
	switch body := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(body.A), true
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(body.AAAA), true
	}
	return netip.Addr{}, false
}

// plainName is a name in lower case, without the dot at its end.
func plainName(name dnsmessage.Name) string {
	return strings.ToLower(strings.TrimSuffix(name.String(), "."))
}
