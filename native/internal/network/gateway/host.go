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
	h.looked, h.list = time.Now(), nil
	for _, address := range found {
		if prefix, ok := address.(*net.IPNet); ok {
			if plain, ok := netip.AddrFromSlice(prefix.IP); ok {
				h.list = append(h.list, plain.Unmap())
			}
		}
	}
	return h.list
}

// ipv6 tells whether the host has an IPv6 address that others can answer.
func (h *hostAddresses) ipv6() bool {
	return slices.ContainsFunc(h.now(), func(address netip.Addr) bool {
		return address.Is6() && address.IsGlobalUnicast()
	})
}
