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
	defer c.changing(parent, name)()
	gone := c.hold(folder, name)
	if err := unix.Unlinkat(folder.fd, name, flags); err != nil {
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
	defer c.changing(source, oldName)()
	defer c.changing(target, newName)()
	moved, replaced := c.hold(from, oldName), c.hold(into, newName)
	if err := unix.Renameat2(from.fd, oldName, into.fd, newName, flags); err != nil {
		return err
	}
	switch {
	case flags&unix.RENAME_EXCHANGE != 0 && replaced != nil:
		c.nodes.move(replaced, source, oldName)
	case replaced != moved:
		c.lose(replaced)
	}
	if moved != nil {
		c.nodes.move(moved, target, newName)
	}
	return nil
}

// hold finds the node that has this name, if the guest knows it, and opens it: programs of the guest
// may have it open, and without a name it could not be found again.
func (c *call) hold(folder *descriptor, name string) *node {
	info, err := stat(folder.fd, name)
	if err != nil {
		return nil
	}
	n := c.nodes.find(identityOf(info))
	if n == nil {
		return nil
	}
	if d, err := c.reach(n); err == nil {
		c.open.done(d)
	}
	return n
}

// lose forgets the place of a node that has lost a name.
func (c *call) lose(n *node) {
	if n != nil {
		c.nodes.move(n, nil, "")
	}
}
