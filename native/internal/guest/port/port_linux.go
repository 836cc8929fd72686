// Package port opens the virtio-console port that is the agent's only way out of the guest.
package port

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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

// Port is the opened device. One connection goes over it at a time.
type Port struct {
	device string

	// OnTakeover is called with what a new host says before its connection begins, and what it returns is
	// the answer. It is set before the first Accept.
	OnTakeover func(message []byte) (answer []byte)

	mu      sync.Mutex
	file    *os.File // nil: to be opened
	current *conn
	marker  marker
	found   bool   // a new host has taken over: the connection that there was is at its end
	pending []byte // read and not delivered
	// awaited is closed when what a host that has taken over says next is in pending; nil: nobody waits.
	awaited chan struct{}
}

// New is the port of this device.
func New(device string) *Port { return &Port{device: device} }

// Accept waits until the host's side is connected.
func (p *Port) Accept() (net.Conn, error) {
	if p.taken() {
		return p.rejoin()
	}
	fd, err := unix.Open(p.device, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.device, err)
	}
	if err := waitConnected(fd); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("wait for the host on %s: %w", p.device, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.file, p.pending = os.NewFile(uintptr(fd), p.device), nil
	return p.connection(), nil
}

// connection is a new one over the file; p.mu is held.
func (p *Port) connection() *conn {
	p.current = &conn{File: p.file, port: p}
	return p.current
}

// Expect makes the port end the connection when it reads these bytes: a host that finds the guest in
// the middle of another's connection begins its own so. With nil nothing ends it any more.
func (p *Port) Expect(marker []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marker.expect(marker)
}

// taken tells whether a new host may take over: the last connection has left the file open.
func (p *Port) taken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.file != nil && (p.found || p.marker.armed())
}

// release closes the file unless a new host may take it over.
func (p *Port) release(file *os.File) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found || p.marker.armed() {
		return nil
	}
	p.file = nil
	return file.Close()
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

// conn is one connection as a net.Conn. Reads and writes park in Go's poller; a read of 0 bytes is the
// host's hang-up and comes out as io.EOF.
type conn struct {
	*os.File
	port *Port

	once    sync.Once
	ended   atomic.Bool // by the first cut
	writing sync.Mutex
	closed  bool // under writing
}

// Read ends the connection at the marker. What follows is the next one's.
func (c *conn) Read(data []byte) (int, error) {
	if c.ended.Load() {
		return 0, io.EOF
	}
	return c.port.read(c.File, data)
}

// Write leaves the file alone once the connection is closed: the next one may use it already.
func (c *conn) Write(data []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	return c.File.Write(data)
}

// Close ends a write under way. The file stays open for a host that takes over.
func (c *conn) Close() (err error) {
	c.once.Do(func() { err = c.close() })
	return err
}

func (c *conn) close() error {
	if err := c.cut(); err != nil {
		return err
	}
	return c.port.release(c.File)
}

// cut ends a write under way and lets no other begin; the file is as for a new connection then.
func (c *conn) cut() error {
	if c.ended.Swap(true) {
		return nil // the file may be another connection's by now
	}
	if c.writing.TryLock() {
		defer c.writing.Unlock()
		c.closed = true
		return nil
	}
	_ = c.File.SetWriteDeadline(time.Now())
	c.writing.Lock()
	defer c.writing.Unlock()
	c.closed = true
	return c.File.SetDeadline(time.Time{})
}

func (c *conn) LocalAddr() net.Addr                { return address{} }
func (c *conn) RemoteAddr() net.Addr               { return address{} }
func (c *conn) SetDeadline(t time.Time) error      { return c.File.SetDeadline(t) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.File.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.File.SetWriteDeadline(t) }

type address struct{}

func (address) Network() string { return "virtio" }
func (address) String() string  { return "host" }
