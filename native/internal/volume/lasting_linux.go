package volume

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// lasting is how long the guest may go without asking for what it would be told the changes of. It is an end to
	// what inotify does not know: that a mount of the host covers a file, that it has got another name and is changed
	// by that, that a program writes to its memory.
	lasting = time.Minute
	// maxLasting bounds the files that last, all of which are compared when changes were lost.
	maxLasting = 64 << 10
)

// valid is how long the guest may go without asking for a file again that it has met in this folder.
func (v *Volume) valid(folder, n *node, info *unix.Statx_t) time.Duration {
	switch {
	case folder == nil || !folder.told.Load() || v.watcher.late.Load():
	case n.kind == unix.S_IFDIR && !n.told.Load():
	case n.kind != unix.S_IFDIR && info.Nlink != 1: // another name may be elsewhere
	case !v.nodes.last(n):
	default:
		return lasting
	}
	return attrValid
}

// tellsAll tells whether inotify knows of every change in a folder: on other file systems another machine may
// make some.
func tellsAll(folder *descriptor) bool {
	var info unix.Statfs_t
	if unix.Fstatfs(folder.fd, &info) != nil {
		return false
	}
	const zfs, bcachefs = 0x2fc12fc1, 0xca451a4e
	switch uint32(info.Type) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC,
		unix.OVERLAYFS_SUPER_MAGIC, unix.EROFS_SUPER_MAGIC_V1, unix.SQUASHFS_MAGIC, zfs, bcachefs:
		return true
	}
	return false
}

// compare tells of every lasting file that is not as the guest knows it.
func (s *Server) compare(ctx context.Context) {
	for _, v := range s.volumes {
		for _, n := range v.nodes.placed() {
			if ctx.Err() != nil {
				return
			}
			if at, mask := v.difference(n); mask != 0 {
				s.tell(ctx, at, mask)
			}
		}
	}
}

// difference is what inotify would have said of a file; 0: it is as it was.
func (v *Volume) difference(n *node) (at place, mask uint32) {
	v.nodes.mu.Lock()
	at, changed := place{v, n.parent, n.name}, n.changed
	v.nodes.mu.Unlock()
	if at.folder == nil {
		return at, 0
	}
	d, err := v.reach(at.folder)
	if err != nil {
		return at, 0 // the folder is told
	}
	defer v.open.done(d)
	info, err := stat(d.fd, at.name)
	var isFolder uint32
	if n.kind == unix.S_IFDIR {
		isFolder = unix.IN_ISDIR
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return at, unix.IN_DELETE | isFolder
	case err != nil:
		return at, 0
	case kindOf(info) != n.kind || identityOf(info) != n.identity:
		return at, unix.IN_DELETE | unix.IN_MOVED_TO | isFolder
	case nanoseconds(info.Ctime) != changed:
		return at, unix.IN_ATTRIB | unix.IN_MODIFY | isFolder
	}
	return at, 0
}

// tell notes what the guest is told of a file, and answers where that was.
func (t *nodes) tell(n *node, info *unix.Statx_t) (folder *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n.changed = nanoseconds(info.Ctime)
	return n.parent
}

// last notes that a file lasts, unless more are known than may.
func (t *nodes) last(n *node) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.byID) > maxLasting {
		return false
	}
	n.lasts = true
	return true
}

// placed are the files that last and have a place.
func (t *nodes) placed() []*node {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*node
	for _, n := range t.byID {
		if n.lasts && n.parent != nil && !n.floating && len(list) < maxLasting { // a table from elsewhere may have more
			list = append(list, n)
		}
	}
	return list
}
