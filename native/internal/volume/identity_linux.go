package volume

import (
	"errors"

	"golang.org/x/sys/unix"
)

// identity tells a file from every other one. The time of birth tells it from a later file that was
// given the same inode number; file systems that know no such time leave it zero.
type identity struct {
	dev   uint64
	inode uint64
	birth int64
}

const wanted = unix.STATX_BASIC_STATS | unix.STATX_BTIME

// stat asks for the file at fd, or for what has that name in the directory fd.
func stat(fd int, name string) (*unix.Statx_t, error) {
	flags := unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT
	if name == "" {
		flags |= unix.AT_EMPTY_PATH
	}
	info := new(unix.Statx_t)
	if err := ignoringEINTR(func() error { return unix.Statx(fd, name, flags, wanted, info) }); err != nil {
		return nil, err
	}
	return info, nil
}

func identityOf(info *unix.Statx_t) identity {
	id := identity{dev: unix.Mkdev(info.Dev_major, info.Dev_minor), inode: info.Ino}
	if info.Mask&unix.STATX_BTIME != 0 {
		id.birth = nanoseconds(info.Btime)
	}
	return id
}

func nanoseconds(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }

func kindOf(info *unix.Statx_t) uint32 { return uint32(info.Mode) & unix.S_IFMT }

func ignoringEINTR(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
