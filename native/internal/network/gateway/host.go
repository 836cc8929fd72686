package gateway

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// lookAgain is how old the list of the host's addresses may be: a laptop moves.
const lookAgain = 2 * time.Second

// hostAddresses are the host's own addresses, as they are at the moment.
type hostAddresses struct {
	mu     sync.Mutex
	looked time.Time
	list   []netip.Addr
	moves  uint64
}

func (h *hostAddresses) now() []netip.Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.looked) < lookAgain {
		return h.list
	}
	found, err := net.InterfaceAddrs()
	if err != nil {
		return h.list // and the next question looks again
	}
	var list []netip.Addr
	for _, address := range found {
		if prefix, ok := address.(*net.IPNet); ok {
			if plain, ok := netip.AddrFromSlice(prefix.IP); ok {
				list = append(list, plain.Unmap())
			}
		}
	}
	if !slices.Equal(h.list, list) {
		h.moves++
	}
	h.looked, h.list = time.Now(), list
	return h.list
}

// Moves counts how often they have become others.
func (h *hostAddresses) Moves() uint64 {
	h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moves
}

// IPv6 tells whether the host has an IPv6 address that others can answer.
func (h *hostAddresses) IPv6() bool {
	return slices.ContainsFunc(h.now(), func(address netip.Addr) bool {
		return address.Is6() && address.IsGlobalUnicast()
	})
}
