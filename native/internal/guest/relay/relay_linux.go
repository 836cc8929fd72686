// Package relay carries FUSE messages between the guest's kernel and the host's file server. It is a
// process of its own: the agent forks programs whose folder or file may be on a volume, and stands
// still until their exec is through, which only the relay can help on.
//
// It knows of a message its length and its mount. Both loops are plain blocking calls on buffers that
// are made once, so that nothing is ever collected and the scheduler has nothing to decide: under
// emulation that is most of what a request costs.
package relay

import (
	"encoding/binary"
	"errors"
	"sync"
	"syscall"

	"sandboxfile/native/internal/volumewire"
)

const (
	inHeaderBytes  = 40
	outHeaderBytes = 16
	uniqueAt       = 8 // of the field in both headers
	codeAt         = 4
	opcodeAt       = 4
)

// Relay has the port to the host and the kernel's end of each mount, whose order numbers them.
type Relay struct {
	port   int
	mounts []int

	// uplink is held while a message goes to the host, and during a hold.
	uplink sync.Mutex
	held   bool // down has the uplink
}

// New makes a relay of open files.
func New(port int, mounts []int) *Relay { return &Relay{port: port, mounts: mounts} }

// Run carries until the host hangs up. The mounts are dead then, and when the process ends.
func (r *Relay) Run() error {
	for number, mount := range r.mounts {
		go r.up(uint16(number), mount)
	}
	return r.down()
}

// up carries requests until the mount is gone.
func (r *Relay) up(number uint16, mount int) {
	buffer := make([]byte, volumewire.MaxRequest)
	for {
		n, err := syscall.Read(mount, buffer)
		switch {
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOENT):
			continue // ENOENT: who asked was interrupted
		case err != nil || n < inHeaderBytes:
			return
		}
		binary.LittleEndian.PutUint16(buffer[uniqueAt+6:], number)
		r.uplink.Lock()
		err = r.send(buffer[:n])
		r.uplink.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *Relay) send(message []byte) error {
	for len(message) > 0 {
		n, err := syscall.Write(r.port, message)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		message = message[max(n, 0):]
	}
	return nil
}

var errHungUp = errors.New("the host has hung up")

// down carries answers and notices, and obeys what the host says to the relay itself.
func (r *Relay) down() error {
	buffer := make([]byte, 2*volumewire.MaxRequest)
	for have := 0; ; {
		n, err := syscall.Read(r.port, buffer[have:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return errHungUp
		}
		have += n
		done, err := r.deliver(buffer[:have])
		if err != nil {
			return err
		}
		if done > 0 {
			have = copy(buffer, buffer[done:have])
		}
	}
}

// deliver hands whole messages on and tells how much they were.
func (r *Relay) deliver(received []byte) (done int, err error) {
	for len(received)-done >= outHeaderBytes {
		message := received[done:]
		length := int(binary.LittleEndian.Uint32(message))
		if length < outHeaderBytes || length > volumewire.MaxRequest {
			return done, errors.New("the host has sent no message")
		}
		if length > len(message) {
			break
		}
		if err := r.hand(message[:length]); err != nil {
			return done, err
		}
		done += length
	}
	return done, nil
}

func (r *Relay) hand(message []byte) error {
	number := binary.LittleEndian.Uint16(message[uniqueAt+6:])
	binary.LittleEndian.PutUint16(message[uniqueAt+6:], 0)
	switch code := binary.LittleEndian.Uint32(message[codeAt:]); code {
	case volumewire.CodeHold:
		if !r.held {
			r.uplink.Lock()
			r.held = true
		}
		held := make([]byte, inHeaderBytes)
		binary.LittleEndian.PutUint32(held, inHeaderBytes)
		binary.LittleEndian.PutUint32(held[opcodeAt:], volumewire.OpHeld)
		return r.send(held)
	case volumewire.CodeGoOn:
		if r.held {
			r.held = false
			r.uplink.Unlock()
		}
		return nil
	}
	if int(number) < len(r.mounts) {
		// An answer that nobody waits for any more is refused; a mount that is gone takes none.
		_, _ = syscall.Write(r.mounts[number], message)
	}
	return nil
}
