package gateway

import (
	"io"
	"sync/atomic"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/audit"
	"sandboxfile/native/internal/network/forward"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/secrets"
)

// counts are one station's, of what was decided, of secrets that were met, and of frames that went nowhere. It
// observes its policy and its secrets.
type counts struct {
	log             *audit.Log // nil: none
	allowed, denied atomic.Uint64
	used, refused   atomic.Uint64 // secrets
	dropped         map[frames.Reason]*atomic.Uint64
}

// newCounts notes what is denied where the log is kept; nil: nowhere.
func newCounts(kept io.Writer) *counts {
	c := &counts{dropped: make(map[frames.Reason]*atomic.Uint64)}
	if kept != nil {
		c.log = audit.New(kept)
	}
	for _, reason := range frames.Reasons() {
		c.dropped[reason] = &atomic.Uint64{}
	}
	return c
}

// Decided does not block.
func (c *counts) Decided(_ policy.Sandbox, to policy.Destination, decision policy.Decision) {
	if decision.Allow {
		c.allowed.Add(1)
		return
	}
	c.denied.Add(1)
	if c.log != nil {
		c.log.Denied(to, decision)
	}
}

// SecretMet does not block.
func (c *counts) SecretMet(event secrets.Event) {
	if event.Reason == "" {
		c.used.Add(1)
	} else {
		c.refused.Add(1)
	}
	if c.log != nil {
		c.log.SecretMet(event)
	}
}

func (c *counts) drop(reason frames.Reason) { c.dropped[reason].Add(1) }

// close ends the log.
func (c *counts) close() {
	if c.log != nil {
		c.log.Close(audit.Totals{Allowed: c.allowed.Load(), Denied: c.denied.Load()})
		c.log = nil
	}
}

func (c *counts) proto(forwarded *forward.Counters) *networkv1.Counts {
	dropped := make(map[string]uint64)
	for reason, count := range c.dropped {
		if frames := count.Load(); frames > 0 {
			dropped[string(reason)] = frames
		}
	}
	return &networkv1.Counts{
		Allowed: c.allowed.Load(), Denied: c.denied.Load(), DroppedFrames: dropped,
		Connections: forwarded.Connections.Load(), Sessions: forwarded.Sessions.Load(),
		Limited:     forwarded.Full.Load(),
		SecretsUsed: c.used.Load(), SecretsRefused: c.refused.Load(),
	}
}
