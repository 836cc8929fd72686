package gateway

import (
	"golang.org/x/time/rate"
	"sandboxfile/native/internal/network/forward"
)

// Limits are one sandbox's share of the gateway.
type Limits struct {
	forward.Limits
	// Sent are bytes of its frames: a sandbox that sends faster waits.
	Sent Pace
	// Questions about names: over that they are dropped, and clients ask again.
	Questions Pace
}

// Pace is how much may be in a second, and how much at once after a rest.
type Pace struct{ Rate, Burst int }

// DefaultLimits are far above what programs need. What may be sent is more than an emulated guest manages, and keeps
// one on real hardware from taking a whole machine.
var DefaultLimits = Limits{
	Limits: forward.DefaultLimits, Sent: Pace{1 << 30, 64 << 20}, Questions: Pace{1000, 2000},
}

func (p Pace) limiter() *rate.Limiter { return rate.NewLimiter(rate.Limit(p.Rate), p.Burst) }
