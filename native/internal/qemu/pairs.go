package qemu

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
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
	fds, err := socketPair()
	if err != nil {
		return pair{}, os.NewSyscallError("socketpair", err)
	}
	guest := os.NewFile(uintptr(fds[1]), "guest end")
	file := os.NewFile(uintptr(fds[0]), "host end")
	defer file.Close()
	host, err := net.FileConn(file)
	if err != nil {
		guest.Close()
		return pair{}, err
	}
	return pair{host: host, guest: guest}, nil
}

// socketPair keeps both ends out of children forked meanwhile, on systems without SOCK_CLOEXEC too.
func socketPair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return fds, err
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds, nil
}
