package volume

import (
	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

func (c *call) setattr() error {
	in := c.in.Setattr()
	if err := c.in.Err(); err != nil {
		return err
	}
	n, d, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(d)
	changed := c.changingFile(n, ownContent)
	defer func() { changed() }()
	if n.kind == unix.S_IFLNK && in.Valid&(fuse.SetMode|fuse.SetSize) != 0 {
		return unix.EOPNOTSUPP // as Linux does
	}
	if in.Valid&(fuse.SetUID|fuse.SetGID) != 0 {
		if err := c.chown(d.fd, in); err != nil {
			return err
		}
	}
	if in.Valid&fuse.SetMode != 0 {
		if err := unix.Fchmodat(unix.AT_FDCWD, procPath(d.fd), allowedMode(in.Mode, n.kind), 0); err != nil {
			return err
		}
	}
	if in.Valid&fuse.SetSize != 0 {
		if err := c.truncate(n, d, in.Size); err != nil {
			return err
		}
	}
	if err := setTimes(n, d.fd, in); err != nil {
		return err
	}
	// What the host's programs change from here on is told, or in the answer.
	changed()
	changed = func() {}
	return c.tell(n, d.fd)
}

// chown takes only what changes nothing: all files are the owner's.
func (c *call) chown(fd int, in fuse.SetattrIn) error {
	info, err := stat(fd, "")
	if err != nil {
		return err
	}
	if in.Valid&fuse.SetUID != 0 && in.UID != c.owner.guestUID(info.Uid) ||
		in.Valid&fuse.SetGID != 0 && in.GID != c.owner.guestGID(info.Gid) {
		return unix.EPERM
	}
	return nil
}

func (c *call) truncate(n *node, path *descriptor, size uint64) error {
	if n.kind != unix.S_IFREG {
		return unix.EINVAL
	}
	if size > 1<<62 {
		return unix.EFBIG
	}
	return c.withWriter(n, path, func(fd int) error {
		return c.lengthening(n, fd, size, func() error {
			return ignoringEINTR(func() error { return unix.Ftruncate(fd, int64(size)) })
		})
	})
}

func setTimes(n *node, fd int, in fuse.SetattrIn) error {
	times := []unix.Timespec{
		timespec(in.Valid, fuse.SetAtime, fuse.SetAtimeNow, in.Atime, in.AtimeNS),
		timespec(in.Valid, fuse.SetMtime, fuse.SetMtimeNow, in.Mtime, in.MtimeNS),
	}
	if times[0].Nsec == unix.UTIME_OMIT && times[1].Nsec == unix.UTIME_OMIT {
		return nil
	}
	if n.kind == unix.S_IFLNK {
		return unix.UtimesNanoAt(fd, "", times, unix.AT_EMPTY_PATH)
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, procPath(fd), times, 0)
}

func timespec(valid, set, now uint32, seconds uint64, ns uint32) unix.Timespec {
	switch {
	case valid&now != 0:
		return unix.Timespec{Nsec: unix.UTIME_NOW}
	case valid&set != 0:
		return unix.Timespec{Sec: int64(seconds), Nsec: int64(ns % 1e9)}
	}
	return unix.Timespec{Nsec: unix.UTIME_OMIT}
}
