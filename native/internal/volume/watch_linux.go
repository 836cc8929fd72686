package volume

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// maxWatched bounds the folders whose changes a guest is told of; those that it looks at later change
	// silently. maxChanges bounds what waits to be told.
	maxWatched = 8192
	maxChanges = 4096

	watchMask = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_MODIFY |
		unix.IN_CLOSE_WRITE | unix.IN_ATTRIB | unix.IN_ONLYDIR | unix.IN_EXCL_UNLINK
)

// watcher learns of changes that the host's programs make in folders that a guest knows. It is told before
// this process changes something itself, and leaves that out: the guest has been told by its own kernel.
type watcher struct {
	file *os.File
	fd   int

	// mu is taken before a volume's nodes.
	mu      sync.Mutex
	folders map[int32][]place // by watch, without a name; one folder may be on several volumes
	count   int
	own     map[place]int // changes of this process under way
	buffer  []byte
	changes map[place]uint32 // not told yet, by what inotify says of them
	order   []place
	more    chan struct{} // one place: there are changes
}

// place is where a change was: a name in a folder of a volume.
type place struct {
	volume *Volume
	folder *node
	name   string
}

// newWatcher answers nil when the host has none to give: the guest sees changes when it looks again.
func newWatcher() *watcher {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	return &watcher{
		file: os.NewFile(uintptr(fd), "inotify"), fd: fd, folders: map[int32][]place{}, own: map[place]int{},
		changes: map[place]uint32{}, more: make(chan struct{}, 1), buffer: make([]byte, 64<<10),
	}
}

// watch begins to watch a folder that the guest has come to know, opened at d.
func (v *Volume) watch(n *node, d *descriptor) {
	w := v.watcher
	if w == nil || n.kind != unix.S_IFDIR || n.watched.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.watched.Swap(true) || w.count >= maxWatched {
		return
	}
	// The path leads to that very folder, whatever its name has become.
	wd, err := unix.InotifyAddWatch(w.fd, procPath(d.fd), watchMask)
	if err != nil {
		return
	}
	w.count++
	n.watch = int32(wd)
	w.folders[int32(wd)] = append(w.folders[int32(wd)], place{volume: v, folder: n})
}

// unwatch ends it, when the guest has forgotten the folder.
func (v *Volume) unwatch(n *node) {
	w := v.watcher
	if w == nil || !n.watched.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	places := slices.DeleteFunc(w.folders[n.watch], func(one place) bool { return one.folder == n })
	w.count -= len(w.folders[n.watch]) - len(places)
	w.folders[n.watch] = places
	if n.watch != 0 && len(places) == 0 {
		delete(w.folders, n.watch)
		_, _ = unix.InotifyRmWatch(w.fd, uint32(n.watch))
	}
}

// changingFile is changing by the file.
func (v *Volume) changingFile(n *node) (changed func()) {
	v.nodes.mu.Lock()
	folder, name := n.parent, n.name
	v.nodes.mu.Unlock()
	return v.changing(folder, name)
}

// watchAgain watches the folders that a guest knew that goes on here.
func (v *Volume) watchAgain(ctx context.Context) {
	for _, n := range v.nodes.folders() {
		if ctx.Err() != nil {
			return
		}
		if d, err := v.reach(n); err == nil {
			v.watch(n, d)
			v.open.done(d)
		}
	}
}

// changing is called before this process changes what has a name, and what it answers afterwards.
func (v *Volume) changing(folder *node, name string) (changed func()) {
	w := v.watcher
	if w == nil || folder == nil || !folder.watched.Load() {
		return func() {}
	}
	at := place{v, folder, name}
	w.mu.Lock()
	w.own[at]++
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drain() // whatever it has brought about is there by now
		if w.own[at]--; w.own[at] == 0 {
			delete(w.own, at)
		}
	}
}

// run notes changes until ctx ends.
func (w *watcher) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = w.file.Close() })
	defer stop()
	raw, err := w.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(uintptr) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drain()
		return ctx.Err() != nil
	})
}

const eventBytes = 16 // of an inotify_event before its name

func (w *watcher) drain() {
	for {
		n, err := unix.Read(w.fd, w.buffer)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n < eventBytes {
			return
		}
		for rest := w.buffer[:n]; len(rest) >= eventBytes; {
			end := eventBytes + int(binary.LittleEndian.Uint32(rest[12:]))
			name, _, _ := bytes.Cut(rest[eventBytes:end], []byte{0})
			w.note(int32(binary.LittleEndian.Uint32(rest)), binary.LittleEndian.Uint32(rest[4:]), string(name))
			rest = rest[end:]
		}
	}
}

func (w *watcher) note(wd int32, mask uint32, name string) {
	if mask&unix.IN_IGNORED != 0 {
		w.count -= len(w.folders[wd])
		delete(w.folders, wd)
		return
	}
	if name == "" {
		return // of the folder itself: its own folder is told
	}
	for _, at := range w.folders[wd] {
		at.name = name
		if w.own[at] > 0 || w.ownElsewhere(at, w.folders[wd]) {
			continue
		}
		if _, waits := w.changes[at]; !waits {
			if len(w.changes) >= maxChanges {
				continue
			}
			w.order = append(w.order, at)
		}
		w.changes[at] |= mask
		select {
		case w.more <- struct{}{}:
		default:
		}
	}
}

// ownElsewhere tells whether the guest makes this change through another mount of the same folder.
func (w *watcher) ownElsewhere(at place, same []place) bool {
	for _, other := range same {
		other.name = at.name
		if w.own[other] > 0 {
			return true
		}
	}
	return false
}

// next is the change that has waited longest.
func (w *watcher) next(ctx context.Context) (at place, mask uint32, ok bool) {
	for {
		w.mu.Lock()
		if len(w.order) > 0 {
			at = w.order[0]
			w.order = w.order[1:]
			mask = w.changes[at]
			delete(w.changes, at)
			w.mu.Unlock()
			return at, mask, true
		}
		w.mu.Unlock()
		select {
		case <-w.more:
		case <-ctx.Done():
			return place{}, 0, false
		}
	}
}
