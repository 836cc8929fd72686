// Package relay carries FUSE messages between the guest's kernel and the host's file server. It is a
// process of its own: the agent forks programs whose folder or file may be on a volume, and stands
// still until their exec is through, which only the relay can help on.
//
// It knows of a message its length and its mount. Its loops are plain blocking calls on buffers that are
// made once, on threads of their own (see startThread).
package relay

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"sandboxfile/native/internal/volumewire"
)

// Relay has the port to the host, the kernel's end of each mount, whose order numbers them, and the mounts
// themselves.
type Relay struct {
	port   int
	mounts []int
	roots  []int

	// uplink is held while a message goes to the host, and during a hold.
	uplink  lock
	orders  int         // a pipe to obey: low bytes of codes
	changes int         // a pipe to Tell: messages
	told    int         // its end
	opened  map[int]int // roots that Tell has opened
}

// loop is one thread's.
type loop struct {
	relay  *Relay
	number uint16 // of the mount that it carries requests of
	mount  int    // or what else it reads
	buffer []byte
}

// New makes a relay of open files.
func New(port int, mounts, roots []int) *Relay {
	return &Relay{port: port, mounts: mounts, roots: roots}
}

// Start begins to carry, for as long as the process lives. It ends when the host hangs up, and the
// mounts with it.
func (r *Relay) Start() error {
	for number, mount := range r.mounts {
		if err := r.start(up, &loop{number: uint16(number), mount: mount, buffer: make([]byte, 2*volumewire.MaxRequest)}); err != nil {
			return err
		}
	}
	var orders, changes [2]int
	if err := errors.Join(syscall.Pipe2(orders[:], syscall.O_CLOEXEC), syscall.Pipe2(changes[:], syscall.O_CLOEXEC)); err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	r.orders, r.told, r.changes = orders[1], changes[0], changes[1]
	if err := r.start(obey, &loop{mount: orders[0], buffer: make([]byte, 1+inHeaderBytes)}); err != nil {
		return err
	}
	return r.start(down, &loop{buffer: make([]byte, 2*volumewire.MaxRequest)})
}

// kept is what threads use that the collector does not know.
var (
	keeping sync.Mutex
	kept    []*loop
)

func (r *Relay) start(entry func(*loop), l *loop) error {
	l.relay = r
	keeping.Lock()
	kept = append(kept, l)
	keeping.Unlock()
	return startThread(entry, l)
}
