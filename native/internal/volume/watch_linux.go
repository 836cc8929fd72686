package volume

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"slices"
	"sync"
	"sync/atomic"

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
	own     map[place]own // changes of this process under way
	buffer  []byte
	changes map[place]uint32 // not told yet, by what inotify says of them
	order   []place
	most    int           // of them
	lost    bool          // some changes are not among them
	more    chan struct{} // one place: there are changes
	late    atomic.Bool   // the guest does not take what it is told
}

// own is how many changes of this process are under way, and what of inotify they may bring about.
type own struct {
	count int
	mask  uint32
}

// ownContent is what changes of a file's content and attributes bring about.
const ownContent = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CLOSE_WRITE

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
		file: os.NewFile(uintptr(fd), "inotify"), fd: fd, folders: map[int32][]place{}, own: map[place]own{},
		changes: map[place]uint32{}, more: make(chan struct{}, 1), buffer: make([]byte, 64<<10),
		most: maxChanges,
	}
}

// watch begins to watch a folder that the guest has come to know, opened at d.
func (v *Volume) watch(n *node, d *descriptor) {
	w := v.watcher
	if w == nil || n.kind != unix.S_IFDIR || n.watched.Load() {
		return
	}
	complete := tellsAll(d)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.watched.Swap(true) || w.count >= maxWatched {
		return
	}
	w.count++
	if !complete {
		w.mu.Unlock() // another machine may keep the call waiting
	}
	// The path leads to that very folder, whatever its name has become.
	wd, err := unix.InotifyAddWatch(w.fd, procPath(d.fd), watchMask)
	if !complete {
		w.mu.Lock()
	}
	if err != nil {
		w.count--
		return
	}
	n.watch = int32(wd)
	n.told.Store(complete)
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
	n.told.Store(false)
	w.folders[n.watch] = places
	if n.watch != 0 && len(places) == 0 {
		delete(w.folders, n.watch)
		_, _ = unix.InotifyRmWatch(w.fd, uint32(n.watch))
	}
}

// changingFile is changing by the file.
func (v *Volume) changingFile(n *node, mask uint32) (changed func()) {
	v.nodes.mu.Lock()
	folder, name := n.parent, n.name
	v.nodes.mu.Unlock()
	return v.changing(folder, name, mask)
}

// watchAgain watches the folders that a guest knew that goes on here. What has changed without it is found out
// after that.
func (s *Server) watchAgain(ctx context.Context) {
	for _, v := range s.volumes {
		v.watchAgain(ctx)
	}
	if s.adopted {
		s.watcher.mu.Lock()
		defer s.watcher.mu.Unlock()
		s.watcher.lose()
	}
}

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

// changing is called before this process changes what has a name, in ways of the mask, and what it answers
// afterwards.
func (v *Volume) changing(folder *node, name string, mask uint32) (changed func()) {
	w := v.watcher
	if w == nil || folder == nil || !folder.watched.Load() {
		return func() {}
	}
	at := place{v, folder, name}
	w.mu.Lock()
	w.own[at] = own{w.own[at].count + 1, w.own[at].mask | mask}
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drain() // whatever it has brought about is there by now
		if rest := (own{w.own[at].count - 1, w.own[at].mask}); rest.count > 0 {
			w.own[at] = rest
		} else {
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
	if mask&unix.IN_Q_OVERFLOW != 0 {
		w.lose()
		return
	}
	if mask&unix.IN_IGNORED != 0 {
		for _, at := range w.folders[wd] {
			at.folder.told.Store(false)
		}
		w.count -= len(w.folders[wd])
		delete(w.folders, wd)
		return
	}
	if name == "" {
		return // of the folder itself: its own folder is told
	}
	for _, at := range w.folders[wd] {
		at.name = name
		if w.own[at].mask&mask != 0 {
			continue // another mount of the folder is told
		}
		if _, waits := w.changes[at]; !waits {
			if len(w.changes) >= w.most {
				w.lose()
				continue
			}
			w.order = append(w.order, at)
		}
		w.changes[at] |= mask
		signal(w.more)
	}
}

// lose notes that there were changes that are not known; the lock is held.
func (w *watcher) lose() {
	w.lost = true
	signal(w.more)
}

// next is the change that has waited longest; one of no volume, after all others, stands for those that were
// lost.
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
		if w.lost {
			w.lost = false
			w.mu.Unlock()
			return place{}, 0, true
		}
		w.mu.Unlock()
		select {
		case <-w.more:
		case <-ctx.Done():
			return place{}, 0, false
		}
	}
}
