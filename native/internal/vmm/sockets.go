package vmm

import (
	"errors"
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

// frameBuffer is how much may be under way to a guest, or from it, in frames of up to 64 KiB. The host may
// allow less.
const frameBuffer = 1 << 20

// FramePair connects a guest's network device: each datagram is one frame, so that whoever reads at the
// host's end may die and be replaced between any two frames. An empty datagram ends the receiving of
// some VMMs for good. The guest's end is for the VMM to inherit.
func FramePair() (host, guest *os.File, err error) {
	fds, err := SocketPair(unix.SOCK_DGRAM)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		// As much as the host allows.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, frameBuffer)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, frameBuffer)
	}
	// Not blocking, so that each process that gets the host's end can wait for it with a deadline.
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, errors.Join(os.NewSyscallError("fcntl", err), unix.Close(fds[0]), unix.Close(fds[1]))
	}
	return os.NewFile(uintptr(fds[0]), "network"), os.NewFile(uintptr(fds[1]), "network device"), nil
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
