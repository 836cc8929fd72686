// Package vmm is what all virtual machine monitors have in common: what a supervisor asks of them,
// and how their processes are started.
package vmm

import (
	"context"
	"io"
	"net"

	"os"
	"sandboxfile/native/internal/jail"
)

// Machine is a started VMM with one guest.
type Machine interface {
	Streams() Streams
	// Begin makes the guest go, and calls controlled when the VMM takes commands. It comes first, and once.
	Begin(ctx context.Context, controlled func()) error
	// Pause returns when the processors stand still and nothing that the guest has asked for is under way:
	// its disk does not change until Continue.
	Pause(ctx context.Context) error
	Continue(ctx context.Context) error
	// Events end with the VMM. There is one reader.
	Events() <-chan Event
	PID() int
	// Jail is what confines the VMM.
	Jail() []jail.Part
	// Exited is closed when the VMM has ended and is reaped; Ended then says how.
	Exited() <-chan struct{}
	Ended() error
	// Kill ends the VMM at once; what the guest had flushed is in the host's kernel.
	Kill() error
	// Close gives up what Streams does not name.
	Close()
}

// Streams are the host's ends of the guest's ports. They are the reader's to close.
type Streams struct {
	Link    net.Conn      // of the agent's port
	Volumes net.Conn      // of the port for volumes
	Console io.ReadCloser // of the kernel's console
	// Network is of the network device, a datagram socket: each datagram is an Ethernet frame. Others may
	// use it too. nil: there is no such device.
	Network *os.File
}

// Close closes all of them.
func (s Streams) Close() {
	s.Link.Close()
	s.Volumes.Close()
	s.Console.Close()
	if s.Network != nil {
		s.Network.Close()
	}
}

// Event is what a VMM tells of its guest.
type Event int

// The events.
const (
	GuestReset Event = iota + 1 // or power-off, or a panic: the guest's kernel is not there any more
	DiskFull                    // the guest stands still
)
