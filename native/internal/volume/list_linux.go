package volume

import (
	"bytes"
	"encoding/binary"
	"sync"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

const (
	// maxListing bounds one answer with entries.
	maxListing = 64 << 10
	// readAhead is what is read of a directory at once, at most.
	readAhead  = 8 << 10
	direntHead = 19 // of a linux_dirent64 before its name
)

// cursor is where the last request for a directory's entries ended.
type cursor struct {
	mu   sync.Mutex
	next uint64 // offset of what is first in rest
	rest []byte // of linux_dirent64
}

func (c *call) readdir() error { return c.entries(false) }

func (c *call) readdirplus() error { return c.entries(true) }

func (c *call) entries(plus bool) error {
	in := c.in.Read()
	if err := c.in.Err(); err != nil {
		return err
	}
	if n, err := c.node(); err == nil && n.private {
		return nil
	}
	parent, path, err := c.folder(c.head.Node)
	if err != nil {
		return err
	}
	defer c.open.done(path)
	c.watch(parent, path)
	seen, err := c.see(path)
	if err != nil {
		return err
	}
	d, err := c.lister(parent, path)
	if err != nil {
		return err
	}
	defer c.open.done(d)
	d.cursor.mu.Lock()
	defer d.cursor.mu.Unlock()
	if err := d.seek(in.Offset); err != nil {
		return err
	}
	limit := int(min(in.Size, maxListing))
	for {
		entry, taken, err := d.entry(limit, plus)
		if err != nil || entry.Name == "" || c.out.Size()+fuse.DirentSize(entry.Name, plus) > limit {
			if c.out.Size() > 0 {
				return nil
			}
			return err
		}
		d.cursor.rest, d.cursor.next = d.cursor.rest[taken:], entry.Next
		if seen.hides(entry.Name) {
			continue
		}
		switch own := seen.private(entry.Name); {
		case plus && own != nil:
			c.out.Entry(own.id, privateAttr(own), attrValid)
		case plus:
			c.entryOf(parent, path, entry)
		}
		c.out.Dirent(entry)
	}
}

// entryOf adds what is known of an entry. What cannot be known is left for a lookup to tell.
func (c *call) entryOf(parent *node, folder *descriptor, entry fuse.Dirent) {
	if entry.Name != "." && entry.Name != ".." {
		if info, err := stat(folder.fd, entry.Name); err == nil {
			if n, err := c.nodes.meet(parent, entry.Name, info, nil); err == nil {
				c.out.Entry(n.id, c.attr(info), c.valid(parent, n, info))
				return
			}
		}
	}
	c.out.Entry(0, &fuse.Attr{}, 0)
}

// lister opens a directory for reading its entries and keeps it open.
func (v *Volume) lister(n *node, path *descriptor) (*descriptor, error) {
	v.nodes.mu.Lock()
	kept := n.list
	v.nodes.mu.Unlock()
	if v.open.use(kept) {
		return kept, nil
	}
	fd, err := reopen(path.fd, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	d := v.open.add(fd)
	v.nodes.mu.Lock()
	defer v.nodes.mu.Unlock()
	v.open.drop(n.list)
	n.list = d
	return d, nil
}

// seek makes the entries from this offset on the next. Those of the beginning are always read anew.
func (d *descriptor) seek(offset uint64) error {
	if offset == d.cursor.next && offset != 0 {
		return nil
	}
	if offset > 1<<63-1 {
		return unix.EINVAL
	}
	d.cursor.rest, d.cursor.next = nil, offset
	_, err := unix.Seek(d.fd, int64(offset), unix.SEEK_SET)
	return err
}

// entry is the next one and what it takes of the rest; one without a name is the end.
func (d *descriptor) entry(limit int, plus bool) (fuse.Dirent, int, error) {
	if len(d.cursor.rest) == 0 {
		// What an answer with attributes has room for is a fifth of what it has without.
		size := limit
		if plus {
			size = limit / 4
		}
		buffer := make([]byte, min(max(size, 1<<10), readAhead))
		var n int
		err := ignoringEINTR(func() (err error) { n, err = unix.Getdents(d.fd, buffer); return err })
		if err != nil || n == 0 {
			return fuse.Dirent{}, 0, err
		}
		d.cursor.rest = buffer[:n]
	}
	raw := d.cursor.rest
	length := int(binary.LittleEndian.Uint16(raw[16:]))
	name, _, _ := bytes.Cut(raw[direntHead:length], []byte{0})
	return fuse.Dirent{
		Inode: binary.LittleEndian.Uint64(raw), Next: binary.LittleEndian.Uint64(raw[8:]),
		Type: uint32(raw[18]), Name: string(name),
	}, length, nil
}
