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
	"sync/atomic"
	"syscall"

	"sandboxfile/native/internal/volumewire"
)

// Relay has the port to the host and the mounts that it was given.
type Relay struct {
	port int
	// By the mounts' numbers: the kernel's end of each, and the mount itself. none: there is no such mount. They are
	// read and written atomically.
	mounts, roots [volumewire.MaxVolumes]int32

	// uplink is held while a message goes to the host, and during a hold.
	uplink  lock
	orders  int         // a pipe to obey: low bytes of codes
	changes int         // a pipe to Tell: messages
	told    int         // its end
	opened  map[int]int // roots that Tell has opened
}

const none = -1

// loop is one thread's.
type loop struct {
	relay  *Relay
	number uint16 // of the mount that it carries requests of
	mount  int    // or what else it reads
	buffer []byte
}

// New makes a relay of an open port.
func New(port int) *Relay {
	r := &Relay{port: port}
	for number := range r.mounts {
		r.mounts[number], r.roots[number] = none, none
	}
	return r
}

// Start begins to listen to the host, for as long as the process lives. It ends when the host hangs up, and the
// mounts with it.
func (r *Relay) Start() error {
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

// Carry begins to carry a mount's messages. Another one may have had its number, of which nothing comes any more.
func (r *Relay) Carry(mount Mount) error {
	if err := settle(mount.Kernel); err != nil {
		return err
	}
	atomic.StoreInt32(&r.roots[mount.Number], int32(mount.Root))
	atomic.StoreInt32(&r.mounts[mount.Number], int32(mount.Kernel))
	return r.start(up, &loop{number: uint16(mount.Number), mount: mount.Kernel, buffer: make([]byte, 2*volumewire.MaxRequest)})
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
