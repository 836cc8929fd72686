package audit

import (
	"sync"

	"sandboxfile/native/internal/network/secrets"
)

// maxUses bounds the table; it begins anew when a guest makes it larger by asking for ever more names.
const maxUses = 1024

// uses count events of a kind: of a secret at a host, and what came of it.
type uses struct {
	mu     sync.Mutex
	counts map[secrets.Event]uint64
}

func (u *uses) count(event secrets.Event) uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.counts[event]; !known && len(u.counts) >= maxUses || u.counts == nil {
		u.counts = make(map[secrets.Event]uint64)
	}
	u.counts[event]++
	return u.counts[event]
}

// isRound: 1, 10, 100 and so on.
func isRound(n uint64) bool {
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}
