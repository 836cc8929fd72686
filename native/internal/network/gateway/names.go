package gateway

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"sandboxfile/native/internal/network/policy"
)

const (
	// maxNamed bounds the addresses whose names are remembered for a guest, maxNames the names of one.
	maxNamed = 8192
	maxNames = 16
	// graceTime is for how long beyond its answer a name still counts: programs keep what they were told.
	graceTime = 5 * time.Minute
)

// names are those for which a guest was told an address.
type names struct {
	mu        sync.Mutex
	byAddress map[netip.Addr][]told
}

type told struct {
	name  string
	until time.Time
}

func newNames() *names { return &names{byAddress: make(map[netip.Addr][]told)} }

func (n *names) learn(name string, address netip.Addr, ttl time.Duration) {
	address = policy.Plain(address)
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.byAddress[address]; !ok && len(n.byAddress) >= maxNamed {
		n.forget(now)
	}
	list := slices.DeleteFunc(n.byAddress[address], func(t told) bool { return t.name == name || now.After(t.until) })
	if len(list) >= maxNames {
		list = list[1:]
	}
	n.byAddress[address] = append(list, told{name, now.Add(ttl + graceTime)})
}

// of lists the names that still count.
func (n *names) of(address netip.Addr) (list []string) {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.byAddress[policy.Plain(address)] {
		if now.Before(t.until) {
			list = append(list, t.name)
		}
	}
	return list
}

// forget makes room: what counts no more goes, and if that is not enough everything.
func (n *names) forget(now time.Time) {
	for address, list := range n.byAddress {
		if list = slices.DeleteFunc(list, func(t told) bool { return now.After(t.until) }); len(list) == 0 {
			delete(n.byAddress, address)
		}
	}
	if len(n.byAddress) >= maxNamed {
		clear(n.byAddress)
	}
}
