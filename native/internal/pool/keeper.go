// Package pool keeps guests at hand that have gone on from their template, have rehearsed and stand still:
// a start takes one and configures it. A pool belongs to the front ends that keep it, by a connection
// each, and ends with the last of them; the guests that nobody has claimed end with it.
package pool

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/accept"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/flock"
)

const (
	folderName = "pool"
	lockName   = "lock"
	socketName = "sock"

	// firstKeeper is how long a pool waits for its first front end.
	firstKeeper = 10 * time.Second
	// dyingKeeper bounds the wait for a keeper that serves no longer, lookAtKeeper is how often it is
	// looked at.
	dyingKeeper  = 10 * time.Second
	lookAtKeeper = 20 * time.Millisecond
	// endTime is what members get to end in.
	endTime = 3 * time.Second
)

// ErrKept: another process keeps this pool.
var ErrKept = errors.New("the pool is kept already")

// Options are what the process around the pool gives it.
type Options struct {
	Home    string
	Program string // this one, for members
	Memory  Memory
	// Listening is called when front ends can connect. crashPath is for this process's last words.
	Listening func(crashPath string)
}

// Folder is where a home's pool is.
func Folder(home string) string { return filepath.Join(home, folderName) }

// Run keeps the pool until the last front end has left, or ctx ends.
func Run(ctx context.Context, options Options) error {
	folder := Folder(options.Home)
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	unlock, err := own(ctx, folder)
	if err != nil {
		return err
	}
	defer unlock()
	build, err := buildOf(options.Program)
	if err != nil {
		return err
	}
	// A killed predecessor's: its members end by themselves.
	if err := durable.RemoveLeftovers(folder); err != nil {
		return err
	}
	socket := filepath.Join(folder, socketName)
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return err
	}
	// The folder is the user's alone: nobody else has reached the socket meanwhile.
	if err := os.Chmod(socket, 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	options.Listening(filepath.Join(folder, "keeper.log"))
	newKeeper(options, build).live(ctx, listener)
	return nil
}

// own takes the pool, also from a keeper that is ending.
func own(ctx context.Context, folder string) (unlock func(), err error) {
	for end := time.Now().Add(dyingKeeper); ; {
		unlock, err := flock.TryNamed(filepath.Join(folder, lockName))
		if !errors.Is(err, flock.ErrHeld) {
			return unlock, err
		}
		if conn, err := net.Dial("unix", filepath.Join(folder, socketName)); err == nil || time.Now().After(end) {
			if err == nil {
				conn.Close()
			}
			return nil, ErrKept
		}
		// Two things are waited for, and the system tells of neither together with the other.
		select {
		case <-time.After(lookAtKeeper):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// keeper holds the pool's state. Its lock is never held while something is waited for.
type keeper struct {
	options Options
	build   build
	lost    context.CancelFunc // of the pool's life
	life    context.Context
	work    sync.WaitGroup // what must have ended before the pool has
	ended   chan struct{}  // closed when nothing of the pool is left

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	fronts  map[*net.UnixConn]*machinev1.PoolKeep
	kinds   []*kind // the one last asked for first
	members []*member
	quiet   time.Time // nothing is made before
}

func newKeeper(options Options, build build) *keeper {
	k := &keeper{options: options, build: build, changed: make(chan struct{}), fronts: map[*net.UnixConn]*machinev1.PoolKeep{}, ended: make(chan struct{})}
	k.life, k.lost = context.WithCancel(context.Background())
	return k
}

func (k *keeper) live(ctx context.Context, listener *net.UnixListener) {
	unhook := context.AfterFunc(ctx, k.lost)
	defer unhook()
	unwanted := time.AfterFunc(firstKeeper, k.endIfLeft)
	defer unwanted.Stop()
	defer context.AfterFunc(k.life, func() { listener.Close() })()
	k.work.Add(2)
	go func() { defer k.work.Done(); k.fill(k.life) }()
	go func() { defer k.work.Done(); k.options.Memory.Watch(k.life, k.giveBack) }()
	k.accept(listener)
	k.lost()
	k.work.Wait()
	k.dismissAll()
	close(k.ended)
}

func (k *keeper) accept(listener *net.UnixListener) {
	for conn := range accept.All(listener.AcceptUnix) {
		go func() {
			defer conn.Close()
			k.serve(conn)
		}()
	}
}

func (k *keeper) endIfLeft() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.fronts) == 0 {
		k.lost()
	}
}

// change tells who watches; k.mu is held.
func (k *keeper) change() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// dismissAll ends what is left when nothing is made or claimed any more.
func (k *keeper) dismissAll() {
	limit := time.After(endTime)
	for _, member := range k.members {
		member.dismiss()
	}
	for _, member := range k.members {
		select {
		case <-member.ended:
		case <-limit:
			return // they have nobody to wait for, and end
		}
	}
}
