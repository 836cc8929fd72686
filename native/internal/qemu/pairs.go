package qemu

import (
	"net"
	"os"

	"sandboxfile/native/internal/vmm"
)

// First descriptor of a child after stdin, stdout and stderr; the order is that of guestEnds.
const (
	linkFD = 3 + iota
	consoleFD
	controlFD
	volumesFD
	networkFD // if there is a network device
)

type pairs struct {
	link, console, control, volumes pair
	network                         frames
}

type pair struct {
	host  net.Conn
	guest *os.File
}

// frames are both ends of the network device, nil without one.
type frames struct {
	host, guest *os.File
}

func newPairs(network bool) (*pairs, error) {
	made := &pairs{}
	for _, p := range []*pair{&made.link, &made.console, &made.control, &made.volumes} {
		var err error
		if *p, err = newPair(); err != nil {
			made.closeHostEnds()
			made.closeGuestEnds()
			return nil, err
		}
	}
	if network {
		var err error
		if made.network.host, made.network.guest, err = vmm.FramePair(); err != nil {
			made.closeHostEnds()
			made.closeGuestEnds()
			return nil, err
		}
	}
	return made, nil
}

func (p *pairs) guestEnds() []*os.File {
	ends := []*os.File{p.link.guest, p.console.guest, p.control.guest, p.volumes.guest}
	if p.network.guest != nil {
		ends = append(ends, p.network.guest)
	}
	return ends
}

func (p *pairs) closeGuestEnds() {
	for _, file := range p.guestEnds() {
		if file != nil {
			file.Close()
		}
	}
}

func (p *pairs) closeHostEnds() {
	for _, conn := range []net.Conn{p.link.host, p.console.host, p.control.host, p.volumes.host} {
		if conn != nil {
			conn.Close()
		}
	}
	if p.network.host != nil {
		p.network.host.Close()
	}
}

func newPair() (pair, error) {
	host, guest, err := vmm.StreamPair()
	return pair{host: host, guest: guest}, err
}
