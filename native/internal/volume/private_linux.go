package volume

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// makePrivate makes sure that there is a folder for the guest to find: without one its own would be listed
// nowhere. No symlink leads there: the guest's kernel would follow it.
func (v *Volume) makePrivate(root int, name string) error {
	folder, err := unix.Openat(root, ".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(folder) }()
	for segment := range strings.SplitSeq(name, "/") {
		fd, info, err := openBeneath(folder, segment)
		if errors.Is(err, unix.ENOENT) && !v.config.ReadOnly {
			if err := v.makeFolder(folder, segment); err != nil {
				return err
			}
			fd, info, err = openBeneath(folder, segment)
		}
		if err != nil {
			return err
		}
		_ = unix.Close(folder)
		folder = fd
		if kindOf(info) != unix.S_IFDIR {
			return unix.ENOTDIR
		}
	}
	return nil
}

func (v *Volume) makeFolder(parent int, name string) error {
	if err := unix.Mkdirat(parent, name, 0o755); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	if v.owner.give {
		return unix.Fchownat(parent, name, int(v.owner.uid), int(v.owner.gid), unix.AT_SYMLINK_NOFOLLOW)
	}
	return nil
}
