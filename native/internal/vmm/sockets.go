package vmm

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// StreamPair is a stream between this process and a VMM. The guest's end is for the VMM to inherit.
func StreamPair() (host net.Conn, guest *os.File, err error) {
	fds, err := SocketPair(unix.SOCK_STREAM)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	guest = os.NewFile(uintptr(fds[1]), "guest end")
	file := os.NewFile(uintptr(fds[0]), "host end")
	defer file.Close()
	host, err = net.FileConn(file)
	if err != nil {
		guest.Close()
		return nil, nil, err
	}
	return host, guest, nil
}

// SocketPair keeps both ends out of children forked meanwhile, on systems without SOCK_CLOEXEC too.
func SocketPair(kind int) ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, kind, 0)
	if err != nil {
		return fds, err
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds, nil
}
