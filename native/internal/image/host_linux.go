package image

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func ownedOf(info fs.FileInfo) owned {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owned{}
	}
	return owned{
		inode: stat.Ino, links: uint64(stat.Nlink), device: stat.Dev, uid: stat.Uid, gid: stat.Gid,
		major: int64(unix.Major(stat.Rdev)), minor: int64(unix.Minor(stat.Rdev)), changed: stat.Ctim.Nano(),
	}
}

func readXattrs(file *os.File) (map[string]string, error) {
	names, err := readGrowing(func(buffer []byte) (int, error) { return unix.Flistxattr(int(file.Fd()), buffer) })
	if errors.Is(err, unix.ENOTSUP) || len(names) == 0 && err == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	attributes := make(map[string]string)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		if !keptXattr(name) {
			continue
		}
		value, err := readGrowing(func(buffer []byte) (int, error) { return unix.Fgetxattr(int(file.Fd()), name, buffer) })
		if errors.Is(err, unix.ENODATA) {
			return nil, errFolderChanged
		}
		if err != nil {
			return nil, err
		}
		attributes[name] = string(value)
	}
	return attributes, nil
}

// readGrowing asks for the size first; it may change before the value is read.
func readGrowing(read func([]byte) (int, error)) ([]byte, error) {
	for {
		size, err := read(nil)
		if err != nil || size == 0 {
			return nil, err
		}
		buffer := make([]byte, size)
		size, err = read(buffer)
		if !errors.Is(err, unix.ERANGE) {
			return buffer[:max(size, 0)], err
		}
	}
}
