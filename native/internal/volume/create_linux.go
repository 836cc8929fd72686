package volume

import (
	"golang.org/x/sys/unix"
)

// mknod makes files, too: opening them needs no request of its own then.
func (c *call) mknod() error {
	mode, _ := c.in.U32(), c.in.U32()
	c.in.Skip(8) // umask, which the kernel has applied, and padding
	name := c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	if err := c.mayMake(folder, name); err != nil {
		return err
	}
	defer c.changing(parent, name, unix.IN_CREATE|unix.IN_ATTRIB|unix.IN_CLOSE_WRITE)()
	kind := mode & unix.S_IFMT
	mode = allowedMode(mode, kind)
	switch kind {
	case unix.S_IFREG:
		return c.makeFile(parent, folder, name, mode)
	case unix.S_IFIFO, unix.S_IFSOCK:
		if err := unix.Mknodat(folder.fd, name, kind|mode, 0); err != nil {
			return err
		}
		c.made = true
		return c.settle(parent, folder, name, mode)
	}
	return unix.EPERM
}

func (c *call) mkdir() error {
	mode := c.in.U32()
	c.in.Skip(4)
	name := c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	if err := c.mayMake(folder, name); err != nil {
		return err
	}
	defer c.changing(parent, name, unix.IN_CREATE|unix.IN_ATTRIB)()
	mode = allowedMode(mode, unix.S_IFDIR)
	if err := unix.Mkdirat(folder.fd, name, mode); err != nil {
		return err
	}
	c.made = true
	return c.settle(parent, folder, name, mode)
}

func (c *call) symlink() error {
	name, target := c.in.Name(), c.in.Target()
	if err := c.in.Err(); err != nil {
		return err
	}
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	if err := c.mayMake(folder, name); err != nil {
		return err
	}
	defer c.changing(parent, name, unix.IN_CREATE|unix.IN_ATTRIB)()
	if err := unix.Symlinkat(target, folder.fd, name); err != nil {
		return err
	}
	c.made = true
	if c.owner.give {
		err := unix.Fchownat(folder.fd, name, int(c.owner.uid), int(c.owner.gid), unix.AT_SYMLINK_NOFOLLOW)
		if err != nil {
			return err
		}
	}
	return c.enter(parent, folder, name)
}

func (c *call) link() error {
	id, name := c.in.U64(), c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	n, err := c.nodes.get(id)
	if err != nil {
		return err
	}
	d, err := c.reach(n)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	if err := c.mayMake(folder, name); err != nil {
		return err
	}
	defer c.changing(parent, name, unix.IN_CREATE)()
	defer c.changingFile(n, unix.IN_ATTRIB)()
	err = unix.Linkat(unix.AT_FDCWD, procPath(d.fd), folder.fd, name, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return err
	}
	c.made = true
	return c.enter(parent, folder, name)
}

// mayMake tells whether something may be made of this name.
func (c *call) mayMake(folder *descriptor, name string) error {
	seen, err := c.see(folder)
	if err != nil {
		return err
	}
	return seen.makes(name)
}

// makeFile keeps the new file open when its mode forbids opening it again for what its maker does
// with it. Programs are not kept, which the host could not run then.
func (c *call) makeFile(parent *node, folder *descriptor, name string, mode uint32) error {
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	var fd int
	err := ignoringEINTR(func() (err error) { fd, err = unix.Openat(folder.fd, name, flags, mode); return err })
	if err != nil {
		return err
	}
	c.made = true
	made := c.open.add(fd)
	defer c.open.done(made)
	info, err := c.finish(fd, mode)
	if err != nil {
		c.open.drop(made)
		return err
	}
	n, err := c.nodes.meet(parent, name, info, nil)
	if err != nil {
		c.open.drop(made)
		return err
	}
	if mode&0o600 == 0o600 {
		c.open.drop(made)
	} else {
		c.nodes.mu.Lock()
		n.made = made
		c.nodes.mu.Unlock()
	}
	c.out.Entry(n.id, c.attr(info), c.valid(parent, n, info))
	return nil
}

// settle finishes what was made under this name and answers with it.
func (c *call) settle(parent *node, folder *descriptor, name string, mode uint32) error {
	fd, _, err := openBeneath(folder.fd, name)
	if err != nil {
		return err
	}
	path := c.open.add(fd)
	defer c.open.done(path)
	info, err := c.finish(fd, mode)
	if err != nil {
		c.open.drop(path)
		return err
	}
	n, err := c.nodes.meet(parent, name, info, path)
	if err != nil {
		c.open.drop(path)
		return err
	}
	c.out.Entry(n.id, c.attr(info), c.valid(parent, n, info))
	return nil
}

// finish gives a new file to its owner and the mode that was asked for, whatever this process's umask.
func (c *call) finish(fd int, mode uint32) (*unix.Statx_t, error) {
	if c.owner.give {
		if err := unix.Fchownat(fd, "", int(c.owner.uid), int(c.owner.gid), unix.AT_EMPTY_PATH); err != nil {
			return nil, err
		}
	}
	info, err := stat(fd, "")
	if err != nil {
		return nil, err
	}
	if kindOf(info) == unix.S_IFDIR {
		mode |= uint32(info.Mode) & unix.S_ISGID // of the folder that it is in
	}
	if uint32(info.Mode)&0o7777 == mode {
		return info, nil
	}
	if err := unix.Fchmodat(unix.AT_FDCWD, procPath(fd), mode, 0); err != nil {
		return nil, err
	}
	return stat(fd, "")
}
