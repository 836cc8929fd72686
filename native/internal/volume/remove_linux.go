package volume

import (
	"golang.org/x/sys/unix"
)

func (c *call) unlink() error { return c.remove(0) }

func (c *call) rmdir() error { return c.remove(unix.AT_REMOVEDIR) }

func (c *call) remove(flags int) error {
	name := c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	seen, err := c.see(folder)
	if err != nil {
		return err
	}
	if err := seen.takes(name); err != nil {
		return err
	}
	defer c.changing(parent, name, unix.IN_DELETE)()
	info, gone := c.hold(folder, name)
	err = c.removing(info, gone, func() error { return unix.Unlinkat(folder.fd, name, flags) })
	if err != nil {
		return err
	}
	c.lose(gone)
	return nil
}

func (c *call) rename() error {
	to := c.in.U64()
	return c.moveTo(to, 0)
}

func (c *call) rename2() error {
	to, flags := c.in.U64(), c.in.U32()
	c.in.Skip(4)
	// A whiteout is a device.
	if flags&^(unix.RENAME_NOREPLACE|unix.RENAME_EXCHANGE) != 0 {
		return unix.EINVAL
	}
	return c.moveTo(to, uint(flags))
}

func (c *call) moveTo(to uint64, flags uint) error {
	oldName, newName := c.in.Name(), c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	source, from, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(from)
	target, into, err := c.folder(to)
	if err != nil {
		return err
	}
	defer c.open.done(into)
	const moves = unix.IN_MOVED_FROM | unix.IN_MOVED_TO
	defer c.changing(source, oldName, moves)()
	defer c.changing(target, newName, moves)()
	movedInfo, moved := c.hold(from, oldName)
	replacedInfo, replaced := c.hold(into, newName)
	exchange := flags&unix.RENAME_EXCHANGE != 0
	if err := c.mayMove(from, oldName, into, newName, isFolder(movedInfo) || exchange && isFolder(replacedInfo)); err != nil {
		return err
	}
	gone := replacedInfo
	if exchange || gone != nil && movedInfo != nil && identityOf(gone) == identityOf(movedInfo) {
		gone = nil
	}
	err = c.removing(gone, replaced, func() error {
		return unix.Renameat2(from.fd, oldName, into.fd, newName, flags)
	})
	if err != nil {
		return err
	}
	switch {
	case exchange && replaced != nil:
		c.nodes.move(replaced, source, oldName)
	case replaced != moved:
		c.lose(replaced)
	}
	if moved != nil {
		c.nodes.move(moved, target, newName)
	}
	return nil
}

// mayMove tells whether what has one name may get the other. A folder may not, where something below it
// would be hidden no longer, or from then on.
func (c *call) mayMove(from *descriptor, oldName string, into *descriptor, newName string, folder bool) error {
	if c.mask == nil {
		return nil
	}
	source, err := c.see(from)
	if err != nil {
		return err
	}
	target, err := c.see(into)
	if err != nil {
		return err
	}
	if err := source.takes(oldName); err != nil {
		return err
	}
	if err := target.makes(newName); err != nil {
		return err
	}
	if folder && !sameBelow(source, oldName, target, newName) {
		return unix.EACCES
	}
	return nil
}

func isFolder(info *unix.Statx_t) bool { return info != nil && kindOf(info) == unix.S_IFDIR }

// hold finds what has this name, and its node, if the guest knows it, and opens it: programs of the guest
// may have it open, and without a name it could not be found again.
func (c *call) hold(folder *descriptor, name string) (*unix.Statx_t, *node) {
	info, err := stat(folder.fd, name)
	if err != nil {
		return nil, nil
	}
	n := c.nodes.find(identityOf(info))
	if n == nil {
		return info, nil
	}
	if d, err := c.reach(n); err == nil {
		c.open.done(d)
	}
	return info, n
}

// lose forgets the place of a node that has lost a name.
func (c *call) lose(n *node) {
	if n != nil {
		c.nodes.move(n, nil, "")
	}
}
