package volume

import (
	"errors"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

func (c *call) lookup() error {
	name := c.in.Name()
	if err := c.in.Err(); err != nil {
		return err
	}
	parent, folder, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(folder)
	c.watch(parent, folder)
	seen, err := c.see(folder)
	if err != nil {
		return err
	}
	if own := seen.private(name); own != nil {
		c.out.Entry(own.id, privateAttr(own), attrValid)
		return nil
	}
	err = unix.ENOENT
	if !seen.hides(name) {
		err = c.enter(parent, folder, name)
	}
	if errors.Is(err, unix.ENOENT) {
		c.out.Entry(0, &fuse.Attr{}, attrValid)
		return nil
	}
	return err
}

// enter answers with what has this name in the folder. Most of what is looked up is never used, so it is
// opened when it is.
func (c *call) enter(parent *node, folder *descriptor, name string) error {
	info, err := stat(folder.fd, name)
	if err != nil {
		return err
	}
	n, err := c.nodes.meet(parent, name, info, nil)
	if err != nil {
		return err
	}
	if n.kind == unix.S_IFDIR && !n.watched.Load() {
		if d, err := c.reach(n); err == nil {
			c.watch(n, d)
			c.open.done(d)
		}
	}
	c.out.Entry(n.id, c.attr(info), c.valid(parent, n, info))
	return nil
}

func (c *call) forget() error {
	count := c.in.U64()
	if err := c.in.Err(); err != nil {
		return err
	}
	c.forgetOne(c.head.Node, count)
	return nil
}

func (c *call) batchForget() error {
	for _, one := range c.in.Forgets() {
		c.forgetOne(one.Node, one.Count)
	}
	return c.in.Err()
}

func (c *call) forgetOne(id, count uint64) {
	if gone := c.nodes.forget(id, count); gone != nil {
		c.unwatch(gone)
		c.quota.settle(-gone.owed)
	}
}

func (c *call) getattr() error {
	if n, err := c.node(); err == nil && n.private {
		c.out.Attr(privateAttr(n), attrValid)
		return nil
	}
	n, d, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(d)
	return c.tell(n, d.fd)
}

// tell answers with the attributes of a node, open at fd.
func (c *call) tell(n *node, fd int) error {
	info, err := stat(fd, "")
	if err != nil {
		return err
	}
	c.out.Attr(c.attr(info), c.valid(c.nodes.tell(n, info), n, info))
	return nil
}

func (c *call) readlink() error {
	_, d, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(d)
	// One more than a symlink may hold, so that none comes out cut.
	room := c.out.Room(fuse.MaxTargetBytes + 1)
	size, err := unix.Readlinkat(d.fd, "", room)
	if err != nil {
		return err
	}
	c.out.Fill(size)
	return nil
}
