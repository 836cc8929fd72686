package relay

import (
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/volumewire"
)

// Tell does to the mounts what the host's programs have done to the folders, for as long as the process
// lives: the kernel tells the guest's programs of what is done to a mount, and of nothing else. The host
// answers requests of these groups without doing anything. It is a thread that may wait for the kernel, which
// may wait for answers that down brings.
func (r *Relay) Tell() {
	runtime.LockOSThread()
	source := os.NewFile(uintptr(r.told), "changes")
	head := make([]byte, outHeaderBytes)
	for {
		if _, err := io.ReadFull(source, head); err != nil {
			return
		}
		body := make([]byte, max(int(binary.LittleEndian.Uint32(head)), outHeaderBytes)-outHeaderBytes)
		if _, err := io.ReadFull(source, body); err != nil {
			return
		}
		number := int(binary.LittleEndian.Uint16(head[mountAt:]))
		if number < len(r.roots) && len(body) > volumewire.ChangeBytes {
			if root, err := r.open(number); err == nil {
				newChange(int(atomic.LoadInt32(&r.mounts[number])), root, body).tell()
			}
		}
		noted := make([]byte, inHeaderBytes)
		binary.LittleEndian.PutUint32(noted, inHeaderBytes)
		binary.LittleEndian.PutUint32(noted[codeAt:], volumewire.OpNoted)
		r.uplink.acquire()
		send(r.port, noted)
		r.uplink.release()
	}
}

// open opens a mounted folder: the way to it is not enough to open files by their numbers.
func (r *Relay) open(number int) (int, error) {
	if r.opened == nil {
		r.opened = map[int]int{}
	}
	if root, ok := r.opened[number]; ok {
		return root, nil
	}
	root, err := unix.Openat(int(atomic.LoadInt32(&r.roots[number])), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == nil {
		r.opened[number] = root
	}
	return root, err
}

type change struct {
	mount, root        int
	what, kind         uint32
	folder, old, fresh uint64
	name               string
}

func newChange(mount, root int, body []byte) *change {
	number := binary.LittleEndian.Uint64
	return &change{
		mount: mount, root: root, name: string(body[volumewire.ChangeBytes:]),
		what:   binary.LittleEndian.Uint32(body[volumewire.ChangeWhatAt:]),
		kind:   binary.LittleEndian.Uint32(body[volumewire.ChangeKindAt:]),
		folder: number(body[volumewire.ChangeFolderAt:]),
		old:    number(body[volumewire.ChangeOldAt:]), fresh: number(body[volumewire.ChangeNewAt:]),
	}
}

// tell leaves out what the kernel refuses: nobody can be watching what it does not know.
func (c *change) tell() {
	folder, err := c.open(c.folder)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(folder) }()
	if c.what&volumewire.ChangeRemoved != 0 {
		c.remove(folder)
	}
	if c.what&volumewire.ChangeMade != 0 {
		c.make(folder)
	}
	if c.what&(volumewire.ChangeContent|volumewire.ChangeAttributes) != 0 {
		c.touch(folder)
	}
}

func (c *change) remove(folder int) {
	if old, err := c.open(c.old); err == nil {
		as(volumewire.GroupTouch, func() { setTimes(old, unix.UTIME_NOW) })
		_ = unix.Close(old)
	}
	c.forgetName()
	group, flags := volumewire.GroupRemove, 0
	if c.what&volumewire.ChangeFolder != 0 {
		group, flags = volumewire.GroupRmdir, unix.AT_REMOVEDIR
	}
	as(group, func() { _ = unix.Unlinkat(folder, c.name, flags) })
}

func (c *change) make(folder int) {
	c.forgetName()
	as(volumewire.GroupMake, func() {
		switch c.kind {
		case unix.S_IFDIR:
			_ = unix.Mkdirat(folder, c.name, 0o755)
		case unix.S_IFLNK:
			_ = unix.Symlinkat(".", folder, c.name)
		case unix.S_IFREG, unix.S_IFIFO, unix.S_IFSOCK:
			_ = unix.Mknodat(folder, c.name, c.kind|0o644, 0)
		}
	})
}

func (c *change) touch(folder int) {
	c.forgetFile()
	file, err := unix.Openat(folder, c.name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(file) }()
	as(volumewire.GroupTouch, func() {
		if c.what&volumewire.ChangeAttributes != 0 {
			setTimes(file, unix.UTIME_NOW)
		}
		if c.what&volumewire.ChangeContent != 0 {
			setTimes(file, unix.UTIME_OMIT)
		}
	})
	if c.what&volumewire.ChangeWritten != 0 {
		if again, err := unix.Open(procPath(file), unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err == nil {
			_ = unix.Close(again)
		}
	}
}
