package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"

	"golang.org/x/time/rate"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/forward"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/rules"
	"sandboxfile/native/internal/network/secrets"
	"sandboxfile/native/internal/network/stack"
	"sandboxfile/native/internal/network/wire"
)

const (
	// maxGroups and maxText bound what a file may ask for.
	maxGroups = 256
	maxText   = 256
)

// station is one sandbox's place in the network.
type station struct {
	gateway *Gateway
	member  *networkv1.Member
	sandbox policy.Sandbox
	guard   *frames.Guard
	wire    *wire.Wire
	stack   *stack.Stack
	forward *forward.Forwarder
	names   *names
	counts  *counts
	secrets *secrets.Interceptor // nil: none
	pace    *rate.Limiter
	begin   func() // takes the guest's frames from now on; once
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// attach gives a sandbox its place. It takes the device over, whatever comes of it. Nothing is decided about the
// guest, and so nothing said to who keeps its log, before it begins.
func (g *Gateway) attach(ctx context.Context, request *networkv1.Attach, device *os.File, kept io.Writer) (*station, error) {
	s := &station{
		gateway: g, member: request.GetMember(), names: newNames(),
		pace: g.limits.Sent.limiter(),
	}
	if err := s.check(request); err != nil {
		return nil, errors.Join(err, device.Close())
	}
	s.counts = newCounts(kept)
	s.sandbox.Observer = s.counts
	var err error
	if s.wire, err = wire.New(device); err != nil {
		s.counts.close()
		return nil, err
	}
	if s.stack, err = stack.New(s.wire, s.guard, request.GetInterface().GetMtu()); err != nil {
		s.wire.Close()
		s.counts.close()
		return nil, err
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.begin = func() { s.work.Go(func() { s.read(ctx) }) }
	interceptor, err := s.intercept(request.GetVault())
	if err != nil {
		s.end()
		return nil, err
	}
	s.forward = forward.Start(ctx, forward.Options{
		Guest: s, Stack: s.stack, Guard: s.guard, Limits: g.limits.Limits,
		Interceptor: interceptor, Answer: s.answer,
	})
	if err := s.serveNames(ctx); err != nil {
		s.end()
		return nil, err
	}
	g.enter(s)
	return s, nil
}

// detach takes the sandbox out of the network.
func (s *station) detach() {
	s.gateway.leave(s)
	s.end()
}

func (s *station) end() {
	s.cancel()
	// First: what waits for the guest holds up the stack.
	s.wire.Close()
	s.stack.Close()
	s.work.Wait()
	if s.secrets != nil {
		s.secrets.Close()
	}
	s.counts.close()
}

// intercept puts the sandbox's secrets, if it has some, in front of what there is for all.
func (s *station) intercept(vault *networkv1.Vault) (policy.Interceptor, error) {
	if vault == nil {
		return s.gateway.interceptor, nil
	}
	made, err := secrets.New(vault, s.gateway.interceptor, s.counts)
	if err != nil {
		return nil, err
	}
	s.secrets = made
	return made, nil
}

func (s *station) check(request *networkv1.Attach) error {
	member, given := request.GetMember(), request.GetInterface()
	if member.GetName() == "" || len(member.GetName()) > maxText || len(member.GetGroups()) > maxGroups {
		return errors.New("no name, or too many groups")
	}
	s.sandbox = policy.Sandbox{Name: member.GetName(), Scope: scopeOf(member.GetScope())}
	set, err := rules.Read(member.GetRules())
	if err != nil {
		return err
	}
	if set != nil {
		s.sandbox.Rules = set
	}
	for _, membership := range member.GetGroups() {
		s.sandbox.Groups = append(s.sandbox.Groups, membership.GetGroup())
	}
	mac, err := frames.ParseMAC(given.GetMac())
	if err != nil {
		return err
	}
	own, err := frames.ParseMAC(given.GetGatewayMac())
	if err != nil {
		return err
	}
	s.guard = &frames.Guard{MAC: mac, Gateway: own, Gateways: []netip.Addr{lease.Gateway4, lease.Gateway6}}
	for _, text := range given.GetAddresses() {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		s.guard.Addresses = append(s.guard.Addresses, address)
	}
	if len(s.guard.Addresses) == 0 || given.GetMtu() == 0 || given.GetMtu() > lease.MTU {
		return fmt.Errorf("no address, or an MTU of %d", given.GetMtu())
	}
	return nil
}

// Sandbox is who the station's guest is.
func (s *station) Sandbox() policy.Sandbox { return s.sandbox }

// Ask decides about a destination outside of the network, and about what was not passed on within it.
func (s *station) Ask(protocol policy.Protocol, to netip.AddrPort) (policy.Destination, policy.Decision) {
	asked := s.destination(protocol, to)
	if asked.Peer != nil {
		// What may go to another sandbox has gone there as it is. Pieces of packets, and what a guest sends to
		// itself, must not go out: there the address is somebody else's.
		asked.Peer = &policy.Sandbox{}
	}
	return asked, s.gateway.policy.Decide(s.sandbox, asked)
}

func (s *station) destination(protocol policy.Protocol, to netip.AddrPort) policy.Destination {
	asked := policy.Destination{
		Protocol: protocol, Address: to.Addr(), Port: to.Port(), Names: s.names.of(to.Addr()),
		Host: to.Addr() == lease.Host,
	}
	switch peer := s.gateway.find(to.Addr(), s); {
	case asked.Host:
		asked.Names = hostNames
	case peer != nil:
		asked.Peer = &peer.sandbox
	case lease.Network4.Contains(to.Addr()) || lease.Network6.Contains(to.Addr()):
		asked.Peer = &policy.Sandbox{} // nobody: in no group
	}
	return asked
}

func (s *station) shares(other *station) bool {
	return slices.ContainsFunc(s.sandbox.Groups, func(group string) bool {
		return slices.Contains(other.sandbox.Groups, group)
	})
}

func (s *station) isCalled(name string) bool { return sameName(s.sandbox.Name, name) }

// answer sends a frame of the gateway's own making.
func (s *station) answer(frame []byte) { s.wire.Offer(frame) }
