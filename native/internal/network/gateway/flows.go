package gateway

import (
	"net/netip"
	"sync"

	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/policy"
)

// maxFlows bounds the table. It is forgotten when it is full: a flow that goes on is decided about again.
const maxFlows = 16 << 10

// flows are the conversations between sandboxes that were decided about, each under who began it.
type flows struct {
	mu    sync.Mutex
	known map[flow]struct{}
}

type flow struct {
	protocol policy.Protocol
	from, to netip.AddrPort
}

func newFlows() *flows { return &flows{known: make(map[flow]struct{})} }

// pass tells whether a packet may go from one sandbox to another: it belongs to a conversation that was
// allowed, or begins one that is. TCP in the middle of one that is not known, as after the end of a
// former gateway, passes when either side may begin it.
func (f *flows) pass(from, to *station, packet frames.Packet) bool {
	protocol, ok := protocolOf(packet)
	if !ok {
		return false
	}
	there := flow{protocol, netip.AddrPortFrom(packet.From, packet.FromPort), netip.AddrPortFrom(packet.To, packet.ToPort)}
	back := flow{protocol, there.to, there.from}
	if f.knows(there) || !packet.Opens() && f.knows(back) {
		return true
	}
	if from.begins(there) {
		f.learn(there)
		return true
	}
	if protocol == policy.TCP && !packet.Opens() && to.begins(back) {
		f.learn(back)
		return true
	}
	return false
}

func (f *flows) knows(flow flow) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.known[flow]
	return ok
}

func (f *flows) learn(flow flow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= maxFlows {
		clear(f.known)
	}
	f.known[flow] = struct{}{}
}

func (f *flows) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.known)
}

// begins tells whether the sandbox may begin the flow. A refusal is told by who refuses it in the end:
// the sandbox's own stack.
func (s *station) begins(flow flow) bool {
	to := s.destination(flow.protocol, flow.to)
	if !s.gateway.policy.Would(s.sandbox, to).Allow {
		return false
	}
	return s.gateway.policy.Decide(s.sandbox, to).Allow
}
