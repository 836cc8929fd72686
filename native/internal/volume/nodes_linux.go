package volume

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

// maxNodes bounds what a guest can make a volume remember. Its kernel forgets long before, for want of
// memory of its own.
const maxNodes = 1 << 20

// node is a file that the guest knows by a number.
type node struct {
	id       uint64
	identity identity
	kind     uint32 // bits of S_IFMT
	lookups  uint64 // references of the guest's; 0: forgotten

	// Where it was seen last. A node without a parent is the root, or has no name any more.
	parent *node
	name   string

	path  *descriptor // O_PATH
	bytes *descriptor // O_RDONLY
	// made is how a file was opened when it was made, kept when it may not be opened for writing again.
	made *descriptor
	list *descriptor // a directory's, for its entries
	// watched: the guest is told of changes in it, or as many are watched as may be. kids are its files by
	// name then.
	watched atomic.Bool
	watch   int32 // 0: none; under the watcher's lock
	// told: every change in it is told of, see lasting_linux.go.
	told atomic.Bool
	// changed is the time of change that the guest knows.
	changed int64
	// lasts: the guest may go without asking for it, until it is told of a change. At most maxLasting of them do.
	lasts bool
	kids  map[string]*node
	// floating: whatever has the name, as long as it is of the same kind.
	floating bool
	// private: a stand-in for a folder that the guest puts its own onto; it has no place on the host.
	private bool
	// nameless: the guest has removed it; owed is what its content is counted with until it is forgotten.
	nameless bool
	owed     int64
}

// nodes are the numbers of one volume. The lock is held for short looks only, never while the host's
// file system is asked.
type nodes struct {
	open *descriptors

	mu    sync.Mutex
	next  uint64
	byID  map[uint64]*node
	files map[file]*node
}

// file is where a node is found by what the file system says of it.
type file struct{ dev, inode uint64 }

func newNodes(open *descriptors, root *node) *nodes {
	root.id = fuse.RootID
	return &nodes{
		open: open, next: fuse.RootID + 1,
		byID:  map[uint64]*node{fuse.RootID: root},
		files: map[file]*node{{root.identity.dev, root.identity.inode}: root},
	}
}

// reserve is a new private node. The guest forgets it in vain.
func (t *nodes) reserve() *node {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &node{id: t.next, kind: unix.S_IFDIR, private: true}
	t.next++
	t.byID[n.id] = n
	return n
}

// get is the node with this number.
func (t *nodes) get(id uint64) (*node, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.byID[id]; ok {
		return n, nil
	}
	return nil, unix.ESTALE
}

// meet counts a reference to the file that info describes and that was found at this place. path, if
// any, becomes the node's.
func (t *nodes) meet(parent *node, name string, info *unix.Statx_t, path *descriptor) (*node, error) {
	id := identityOf(info)
	t.mu.Lock()
	defer t.mu.Unlock()
	key := file{id.dev, id.inode}
	n, known := t.files[key]
	if !known || n.identity != id || n.kind != kindOf(info) {
		if len(t.byID) >= maxNodes {
			return nil, unix.ENFILE
		}
		n = &node{id: t.next, identity: id, kind: kindOf(info)}
		t.next++
		t.byID[n.id], t.files[key] = n, n
	}
	n.changed = nanoseconds(info.Ctime)
	if n.id != fuse.RootID {
		t.put(n, parent, name)
		n.lookups++
	}
	if path != nil {
		if n.path != nil {
			t.open.drop(n.path)
		}
		n.path = path
	}
	return n, nil
}

// forget takes references back. A node without any is gone, and answered.
func (t *nodes) forget(id, count uint64) *node {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.byID[id]
	if !ok || id == fuse.RootID || n.private {
		return nil
	}
	n.lookups -= min(count, n.lookups)
	if n.lookups > 0 {
		return nil
	}
	delete(t.byID, id)
	if n.parent != nil && n.parent.kids[n.name] == n {
		delete(n.parent.kids, n.name)
	}
	key := file{n.identity.dev, n.identity.inode}
	if t.files[key] == n {
		delete(t.files, key)
	}
	for _, d := range []*descriptor{n.path, n.bytes, n.made, n.list} {
		t.open.drop(d)
	}
	return n
}

// find is the node of a file, if the guest knows it.
func (t *nodes) find(id identity) *node {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.files[file{id.dev, id.inode}]; ok && n.identity == id {
		return n
	}
	return nil
}

// move notes a node's new place; no parent: it has none.
func (t *nodes) move(n, parent *node, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n.id != fuse.RootID {
		t.put(n, parent, name)
	}
}

// put notes where a node was seen; the lock is held.
func (t *nodes) put(n, parent *node, name string) {
	if n.parent != nil && n.parent.kids[n.name] == n {
		delete(n.parent.kids, n.name)
	}
	n.parent, n.name = parent, name
	if parent != nil && parent.watched.Load() {
		if parent.kids == nil {
			parent.kids = map[string]*node{}
		}
		parent.kids[name] = n
	}
}

// kid is the number of what had this name in a watched folder; 0: unknown.
func (t *nodes) kid(folder *node, name string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := folder.kids[name]; n != nil {
		return n.id
	}
	return 0
}

// folders are as many of the known folders as may be watched, the root among them.
func (t *nodes) folders() []*node {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []*node{t.byID[fuse.RootID]}
	for _, n := range t.byID {
		if n.kind == unix.S_IFDIR && n.id != fuse.RootID && !n.private && len(list) < maxWatched {
			list = append(list, n)
		}
	}
	return list
}

// owed is what files count with that the guest has removed and not forgotten.
func (t *nodes) owed() (bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.byID {
		bytes += n.owed
	}
	return bytes
}

// ghost is a new node without a file or a place, until it is forgotten.
func (t *nodes) ghost(kind uint32) (*node, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.byID) >= maxNodes {
		return nil, unix.ENFILE
	}
	n := &node{id: t.next, kind: kind, lookups: 1}
	t.next++
	t.byID[n.id] = n
	return n, nil
}
