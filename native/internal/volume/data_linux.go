package volume

import (
	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

func (c *call) read() error {
	in := c.in.Read()
	if err := c.in.Err(); err != nil {
		return err
	}
	n, err := c.node()
	if err != nil {
		return err
	}
	d, err := c.reader(n)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	room := c.out.Room(int(min(in.Size, volumewire.MaxData)))
	size, err := readAll(d.fd, room, in.Offset)
	if err != nil {
		return err
	}
	c.out.Fill(size)
	return nil
}

// readAll reads until the room is full or the file ends: for the kernel a short answer is the end.
func readAll(fd int, room []byte, offset uint64) (size int, err error) {
	if offset > 1<<62 {
		return 0, nil
	}
	for size < len(room) {
		n, err := unix.Pread(fd, room[size:], int64(offset)+int64(size))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return size, err
		case n == 0:
			return size, nil
		default:
			size += n
		}
	}
	return size, nil
}

func (c *call) write() error {
	in := c.in.Write()
	if err := c.in.Err(); err != nil {
		return err
	}
	if in.Offset > 1<<62 {
		return unix.EFBIG
	}
	n, path, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(path)
	written := 0
	err = c.withWriter(n, path, func(fd int) error {
		if err := killPrivileges(fd); err != nil {
			return err
		}
		return c.lengthening(n, fd, in.Offset+uint64(len(in.Data)), func() (err error) {
			written, err = writeAll(fd, in.Data, in.Offset)
			return err
		})
	})
	if err != nil && written == 0 {
		return err
	}
	c.out.U32(uint32(written), 0)
	return nil
}

// writeAll writes as much as can be written.
func writeAll(fd int, data []byte, offset uint64) (written int, err error) {
	for written < len(data) {
		n, err := unix.Pwrite(fd, data[written:], int64(offset)+int64(written))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// killPrivileges takes what makes a program run with its file's rights from a file whose bytes change.
// The host's kernel does it too, unless this process is its root.
func killPrivileges(fd int) error {
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return err
	}
	const lent = unix.S_ISUID | unix.S_ISGID
	if info.Mode&lent == 0 {
		return nil
	}
	return unix.Fchmod(fd, info.Mode&0o7777&^lent)
}

func (c *call) fsync() error {
	c.in.Skip(8)
	flags := c.in.U32()
	if err := c.in.Err(); err != nil {
		return err
	}
	n, err := c.node()
	if err != nil {
		return err
	}
	d, err := c.reader(n)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	if flags&fuse.FsyncData != 0 {
		return ignoringEINTR(func() error { return unix.Fdatasync(d.fd) })
	}
	return ignoringEINTR(func() error { return unix.Fsync(d.fd) })
}

func (c *call) syncfs() error {
	n, err := c.nodes.get(fuse.RootID)
	if err != nil {
		return err
	}
	d, err := c.reader(n)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	return unix.Syncfs(d.fd)
}

func (c *call) fallocate() error {
	in := c.in.Fallocate()
	if err := c.in.Err(); err != nil {
		return err
	}
	if in.Offset > 1<<62 || in.Length > 1<<62 {
		return unix.EFBIG
	}
	n, path, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(path)
	end := in.Offset + in.Length
	if in.Mode&unix.FALLOC_FL_KEEP_SIZE != 0 {
		end = 0
	}
	return c.withWriter(n, path, func(fd int) error {
		if c.quota != nil && in.Mode&(unix.FALLOC_FL_KEEP_SIZE|unix.FALLOC_FL_PUNCH_HOLE) == unix.FALLOC_FL_KEEP_SIZE {
			return unix.EOPNOTSUPP // place that no length shows
		}
		return c.lengthening(n, fd, end, func() error {
			return ignoringEINTR(func() error {
				return unix.Fallocate(fd, in.Mode, int64(in.Offset), int64(in.Length))
			})
		})
	})
}

func (c *call) lseek() error {
	in := c.in.Lseek()
	if err := c.in.Err(); err != nil {
		return err
	}
	// Everything else the kernel does by itself.
	if in.Whence != unix.SEEK_DATA && in.Whence != unix.SEEK_HOLE || in.Offset > 1<<62 {
		return unix.EINVAL
	}
	n, err := c.node()
	if err != nil {
		return err
	}
	d, err := c.reader(n)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	at, err := unix.Seek(d.fd, int64(in.Offset), int(in.Whence))
	if err != nil {
		return err
	}
	c.out.U64(uint64(at))
	return nil
}

// maxCopy bounds what one request keeps the host's disk busy with; programs ask again for the rest.
const maxCopy = 64 << 20

func (c *call) copyRange() error {
	in := c.in.Copy()
	if err := c.in.Err(); err != nil {
		return err
	}
	if in.From > 1<<62 || in.To > 1<<62 {
		return unix.EFBIG
	}
	from, err := c.node()
	if err != nil {
		return err
	}
	source, err := c.reader(from)
	if err != nil {
		return err
	}
	defer c.open.done(source)
	to, err := c.nodes.get(in.ToNode)
	if err != nil {
		return err
	}
	path, err := c.reach(to)
	if err != nil {
		return err
	}
	defer c.open.done(path)
	return c.withWriter(to, path, func(fd int) error {
		if err := killPrivileges(fd); err != nil {
			return err
		}
		start, end, length := int64(in.From), int64(in.To), min(in.Length, maxCopy)
		if c.quota != nil {
			// Programs ask for more than there is.
			info, err := stat(source.fd, "")
			if err != nil {
				return err
			}
			length = min(length, info.Size-min(info.Size, in.From))
		}
		return c.lengthening(to, fd, in.To+length, func() error {
			n, err := unix.CopyFileRange(source.fd, &start, fd, &end, int(length), 0)
			c.out.U32(uint32(n), 0)
			return err
		})
	})
}
