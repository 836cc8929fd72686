// Package port opens the virtio-console port that is the agent's only way out of the guest.
package port

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Find answers the device of the port with this name. It needs sysfs at /sys.
func Find(name string) (string, error) {
	const class = "/sys/class/virtio-ports"
	entries, err := os.ReadDir(class)
	if err != nil {
		return "", fmt.Errorf("list virtio ports: %w", err)
	}
	for _, entry := range entries {
		label, err := os.ReadFile(filepath.Join(class, entry.Name(), "name"))
		if err == nil && strings.TrimSpace(string(label)) == name {
			return "/dev/" + entry.Name(), nil
		}
	}
	return "", fmt.Errorf("no virtio port is named %q", name)
}

// Open opens the device and waits until the host's side is connected.
func Open(device string) (net.Conn, error) {
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", device, err)
	}
	if err := waitConnected(fd); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("wait for the host on %s: %w", device, err)
	}
	return &conn{File: os.NewFile(uintptr(fd), device)}, nil
}

// waitConnected blocks while the port reports a hang-up. The port wakes its waiters when the host
// connects; a level-triggered wait would spin on the hang-up, so the edge is waited for.
func waitConnected(fd int) error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(epoll) }()
	interest := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLHUP | edgeTriggered}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &interest); err != nil {
		return err
	}
	events := make([]unix.EpollEvent, 1)
	for {
		n, err := unix.EpollWait(epoll, events, -1)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case n == 1 && events[0].Events&unix.EPOLLHUP == 0:
			return nil
		}
	}
}

// unix.EPOLLET does not fit the field's type as a constant on every architecture.
const edgeTriggered = 1 << 31

// conn is the port as a net.Conn. Reads and writes park in Go's poller; a read of 0 bytes is the
// host's hang-up and comes out as io.EOF.
type conn struct {
	*os.File
}

func (c *conn) LocalAddr() net.Addr                { return address{} }
func (c *conn) RemoteAddr() net.Addr               { return address{} }
func (c *conn) SetDeadline(t time.Time) error      { return c.File.SetDeadline(t) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.File.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.File.SetWriteDeadline(t) }

type address struct{}

func (address) Network() string { return "virtio" }
func (address) String() string  { return "host" }
