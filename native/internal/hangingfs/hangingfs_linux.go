// Package hangingfs is a file system that knows its root and answers no lookup, as of a server that has gone: what
// tests have volumes on. It is no part of the product.
package hangingfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/fuse"
)

// Mounted is one; whoever waits for it cannot be killed before Release.
type Mounted struct {
	folder string
	fd     int
	asked  func()
	ended  chan struct{}
	once   sync.Once
	failed error
}

// ErrNoFUSE says that this machine has none.
var ErrNoFUSE = errors.New("no FUSE here")

const (
	minor      = 31
	maxWrite   = 4096
	maxRequest = maxWrite + 64<<10
)

// Mount mounts one onto the folder, as root. asked is called for each lookup that will not be answered.
func Mount(folder string, asked func()) (*Mounted, error) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFUSE, err)
	}
	options := "fd=" + strconv.Itoa(fd) + ",rootmode=40000,user_id=0,group_id=0"
	if err := unix.Mount("hanging", folder, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	m := &Mounted{folder: folder, fd: fd, asked: asked, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		m.serve()
	}()
	return m, nil
}

// Release lets go of whoever waits, and unmounts it.
func (m *Mounted) Release() error {
	m.once.Do(func() {
		m.failed = errors.Join(m.abort(), unix.Unmount(m.folder, unix.MNT_DETACH))
		if m.failed == nil {
			<-m.ended
		}
		m.failed = errors.Join(m.failed, unix.Close(m.fd))
	})
	return m.failed
}

// abort ends the connection, and so the read of serve, without asking anybody.
func (m *Mounted) abort() error {
	var info unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, m.folder, unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &info); err != nil {
		return err
	}
	control := "/sys/fs/fuse/connections"
	var mounted unix.Statfs_t
	const fusectl = 0x65735543
	if err := unix.Statfs(control, &mounted); err != nil || mounted.Type != fusectl {
		if err := unix.Mount("fusectl", control, "fusectl", 0, ""); err != nil {
			return err
		}
		defer func() { _ = unix.Unmount(control, unix.MNT_DETACH) }()
	}
	return os.WriteFile(filepath.Join(control, strconv.Itoa(int(info.Dev_minor)), "abort"), []byte("1"), 0)
}

func (m *Mounted) serve() {
	buffer := make([]byte, maxRequest)
	for {
		n, err := unix.Read(m.fd, buffer)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil || n < fuse.InHeaderBytes {
			return
		}
		request, answer := fuse.ParseHeader(buffer), fuse.NewAnswer(nil)
		switch request.Opcode {
		case fuse.OpInit:
			answer.Init(fuse.Limits{Minor: minor, MaxWrite: maxWrite})
		case fuse.OpGetattr:
			answer.Attr(&fuse.Attr{Inode: 1, Mode: unix.S_IFDIR | 0o755, Links: 2}, time.Hour)
		case fuse.OpStatfs:
			answer.Statfs(fuse.Statfs{BlockSize: 4096, NameBytes: fuse.MaxNameBytes})
		case fuse.OpLookup:
			m.asked()
			continue
		case fuse.OpForget, fuse.OpInterrupt:
			continue
		default:
			_, _ = unix.Write(m.fd, answer.Finish(request.Unique, uint32(unix.ENOSYS)))
			continue
		}
		_, _ = unix.Write(m.fd, answer.Finish(request.Unique, 0))
	}
}
