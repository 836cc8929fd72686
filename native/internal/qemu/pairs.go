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
)

type pairs struct {
	link, console, control, volumes pair
}

type pair struct {
	host  net.Conn
	guest *os.File
}

func newPairs() (*pairs, error) {
	made := &pairs{}
	for _, p := range []*pair{&made.link, &made.console, &made.control, &made.volumes} {
		var err error
		if *p, err = newPair(); err != nil {
			made.closeHostEnds()
			made.closeGuestEnds()
			return nil, err
		}
	}
	return made, nil
}

func (p *pairs) guestEnds() []*os.File {
	return []*os.File{p.link.guest, p.console.guest, p.control.guest, p.volumes.guest}
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
}

func newPair() (pair, error) {
	host, guest, err := vmm.StreamPair()
	return pair{host: host, guest: guest}, err
}
