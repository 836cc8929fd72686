package dns

import (
	"bufio"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"sandboxfile/native/internal/durable"
)

const (
	maxFile    = 64 << 10
	maxServers = 8
	// lookAgain is how often the file is looked at: the host may have moved to another network.
	lookAgain = time.Second
	port      = 53
)

// Servers are the resolvers that a file in the form of resolv.conf names, as it is at the moment.
type Servers struct {
	path string

	mu      sync.Mutex
	looked  time.Time
	read    os.FileInfo // of the file that list was read from
	list    []netip.AddrPort
	changes uint64
}

// ServersOf reads the file when it is needed.
func ServersOf(path string) *Servers { return &Servers{path: path} }

// List are the servers in the file's order; without any, the host's own, as its programs do it.
func (s *Servers) List() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookInTime()
	return s.list
}

// Changes counts how often the list has become another one.
func (s *Servers) Changes() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookInTime()
	return s.changes
}

func (s *Servers) lookInTime() {
	if now := time.Now(); s.list == nil || now.Sub(s.looked) > lookAgain {
		s.looked = now
		s.look()
	}
}

func (s *Servers) look() {
	info, err := os.Stat(s.path)
	if err == nil && s.isRead(info) {
		return
	}
	var found []netip.AddrPort
	s.read = nil
	if err == nil {
		content, err := durable.ReadFile(s.path, maxFile)
		if err != nil && s.list != nil {
			return // those that were named may still be right
		}
		s.read, found = info, parse(string(content))
	}
	if len(found) == 0 {
		found = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)}
	}
	if !slices.Equal(s.list, found) {
		s.changes++
	}
	s.list = found
}

// isRead tells whether it is still the same file, also where a link leads to another one from the same package.
func (s *Servers) isRead(info os.FileInfo) bool {
	return s.read != nil && os.SameFile(s.read, info) && info.ModTime().Equal(s.read.ModTime()) && info.Size() == s.read.Size()
}

func parse(content string) (found []netip.AddrPort) {
	lines := bufio.NewScanner(strings.NewReader(content))
	for lines.Scan() && len(found) < maxServers {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if address, err := netip.ParseAddr(words[1]); err == nil {
			found = append(found, netip.AddrPortFrom(address, port))
		}
	}
	return found
}
