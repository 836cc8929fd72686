package files

import (
	"errors"
	"os"
	"path"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/link"
)

// describe works on any descriptor, also on one opened with O_PATH.
func describe(file *os.File, name string) (*agentv1.FileInfo, error) {
	var stat unix.Stat_t
	fd := int(file.Fd())
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, err
	}
	info := newInfo(path.Base(name), &stat)
	if info.Type == agentv1.FileType_FILE_TYPE_SYMLINK {
		info.LinkTarget, _ = readLink(fd, "")
	}
	return info, nil
}

// describeEntry describes an entry of an open directory without following it.
func describeEntry(dir *os.File, name string) (*agentv1.FileInfo, error) {
	var stat unix.Stat_t
	fd := int(dir.Fd())
	if err := unix.Fstatat(fd, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, err
	}
	info := newInfo(name, &stat)
	if info.Type == agentv1.FileType_FILE_TYPE_SYMLINK {
		info.LinkTarget, _ = readLink(fd, name)
	}
	return info, nil
}

func newInfo(name string, stat *unix.Stat_t) *agentv1.FileInfo {
	return &agentv1.FileInfo{
		Name:    []byte(name),
		Type:    fileType(stat.Mode),
		Size:    uint64(stat.Size),
		Mode:    stat.Mode & 0o7777,
		MtimeNs: stat.Mtim.Nano(),
		CtimeNs: stat.Ctim.Nano(),
		Uid:     stat.Uid,
		Gid:     stat.Gid,
	}
}

func fileType(mode uint32) agentv1.FileType {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return agentv1.FileType_FILE_TYPE_FILE
	case unix.S_IFDIR:
		return agentv1.FileType_FILE_TYPE_DIRECTORY
	case unix.S_IFLNK:
		return agentv1.FileType_FILE_TYPE_SYMLINK
	}
	return agentv1.FileType_FILE_TYPE_OTHER
}

func readLink(dir int, name string) ([]byte, error) {
	target := make([]byte, link.MaxPathBytes)
	n, err := unix.Readlinkat(dir, name, target)
	if err != nil {
		return nil, err
	}
	return target[:n], nil
}

// isWire: the error has its code and detail already.
func isWire(err error) bool {
	_, ok := errors.AsType[*connect.Error](err)
	return ok
}
