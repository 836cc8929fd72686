package image

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func ownedOf(info fs.FileInfo) owned {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owned{}
	}
	return owned{
		inode: stat.Ino, links: uint64(stat.Nlink), device: uint64(stat.Dev), uid: stat.Uid, gid: stat.Gid,
		major: int64(unix.Major(uint64(stat.Rdev))), minor: int64(unix.Minor(uint64(stat.Rdev))), changed: stat.Ctimespec.Nano(),
	}
}

// readXattrs finds none: macOS has other name spaces than the guest.
func readXattrs(*os.File) (map[string]string, error) { return nil, nil }
