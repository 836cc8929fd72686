package volume

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

// attrValid is how long the guest may go without asking again.
const attrValid = time.Second

// nobody is who owns, for the guest, what the host's root owns and the volume's owner is not root.
const nobody = 65534

// owner is whose files the guest's root makes: the user that runs this, or the folder's owner when that
// is the host's root.
type owner struct {
	uid, gid uint32
	give     bool // files made must be given to it
}

func ownerOf(root *unix.Statx_t) owner {
	if uid := os.Geteuid(); uid != 0 {
		return owner{uid: uint32(uid), gid: uint32(os.Getegid())}
	}
	return owner{uid: root.Uid, gid: root.Gid, give: root.Uid != 0 || root.Gid != 0}
}

func (o owner) guestUID(uid uint32) uint32 { return seen(uid, o.uid) }
func (o owner) guestGID(gid uint32) uint32 { return seen(gid, o.gid) }

func seen(id, own uint32) uint32 {
	switch id {
	case own:
		return 0
	case 0:
		return nobody
	}
	return id
}

// attr is what the guest is told about a file.
func (v *Volume) attr(info *unix.Statx_t) *fuse.Attr {
	return &fuse.Attr{
		Inode: info.Ino, Size: info.Size, Blocks: info.Blocks,
		Atime: nanoseconds(info.Atime), Mtime: nanoseconds(info.Mtime), Ctime: nanoseconds(info.Ctime),
		Mode: kindOf(info) | visibleMode(info), Links: info.Nlink,
		UID: v.owner.guestUID(info.Uid), GID: v.owner.guestGID(info.Gid),
		Device:    uint32(unix.Mkdev(info.Rdev_major, info.Rdev_minor)),
		BlockSize: info.Blksize,
	}
}

// visibleMode leaves out the bits that would lend a file's rights to who runs it.
func visibleMode(info *unix.Statx_t) uint32 {
	return allowedMode(uint32(info.Mode), kindOf(info))
}

// allowedMode are the mode bits that a file may have and be given. The host's users are not to run
// programs with rights that a guest has lent them.
func allowedMode(mode, kind uint32) uint32 {
	if kind == unix.S_IFDIR {
		return mode & 0o3777
	}
	return mode & 0o1777
}
