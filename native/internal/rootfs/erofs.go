package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// erofs writes an uncompressed EROFS image in one pass: block 0 is left for the superblock, file
// contents follow as they come, all metadata comes behind them when the tree is complete.
type erofs struct {
	data   *sparse
	block  uint32 // next free block
	root   *inode
	inodes []*inode // in order of creation; the root first
	err    error
}

// inode is kept small: an image may have a million.
type inode struct {
	kind       Type
	inline     bool // the contents are stored right behind the inode
	mode       uint16
	uid, gid   uint32
	links      uint32
	nanosecond uint32
	slot       uint32 // where the inode is in the metadata area; the kernel's number of it
	seconds    int64
	device     Device
	contents   Contents // also of a symlink or directory, when it has a place
	link       string
	xattrs     map[string]string
	children   map[string]*inode // directories
	parent     *inode            // directories
}

func newErofs(file *os.File) *erofs {
	w := &erofs{data: newSparse(file), block: 1}
	w.root = w.newInode(&Entry{Path: ".", Type: Directory, Mode: 0o755})
	w.root.parent = w.root
	w.err = w.data.write(zeros[:])
	return w
}

func (w *erofs) Store(content io.Reader, size int64) (Contents, error) {
	if w.err != nil || size == 0 {
		return Contents{}, w.err
	}
	block, err := w.reserve(size)
	if err == nil {
		err = w.data.copy(content, size)
	}
	if err == nil {
		err = w.data.write(padding(size))
	}
	if err != nil {
		w.err = err
		return Contents{}, err
	}
	return Contents{block: block, size: size}, nil
}

func (w *erofs) Add(entry *Entry) error {
	if w.err != nil {
		return w.err
	}
	if err := w.add(entry); err != nil {
		w.err = fmt.Errorf("%q: %w", entry.Path, err)
	}
	return w.err
}

func (w *erofs) add(entry *Entry) error {
	if entry.Path == "." {
		if entry.Type != Directory {
			return errors.New("the root is not a directory")
		}
		w.root.describe(entry)
		return nil
	}
	parent, name, err := w.place(entry.Path)
	if err != nil {
		return err
	}
	if entry.Type == Hardlink {
		target, err := w.lookup(entry.Link)
		if err != nil {
			return err
		}
		if target.kind == Directory {
			return fmt.Errorf("link to the directory %q", entry.Link)
		}
		target.links++
		parent.children[name] = target
		return nil
	}
	if entry.Type == Symlink && (entry.Link == "" || len(entry.Link) > maxLink) {
		return fmt.Errorf("a link's target has 1 to %d bytes", maxLink)
	}
	if _, err := encodeXattrs(entry.Xattrs); err != nil {
		return err
	}
	node := w.newInode(entry)
	parent.children[strings.Clone(name)] = node // not with the whole path behind it
	if entry.Type == Directory {
		node.parent = parent
		parent.links++
	}
	return nil
}

func (w *erofs) newInode(entry *Entry) *inode {
	node := &inode{links: 1, contents: entry.Contents}
	node.describe(entry)
	if entry.Type == Directory {
		node.links = 2
		node.children = make(map[string]*inode)
	}
	w.inodes = append(w.inodes, node)
	return node
}

func (n *inode) describe(entry *Entry) {
	n.kind, n.mode, n.uid, n.gid = entry.Type, entry.Mode&0o7777, entry.UID, entry.GID
	n.link, n.device, n.xattrs = entry.Link, entry.Device, entry.Xattrs
	if !entry.ModTime.IsZero() {
		n.seconds, n.nanosecond = entry.ModTime.Unix(), uint32(entry.ModTime.Nanosecond())
	}
}

// place finds the directory that a new name goes into.
func (w *erofs) place(path string) (*inode, string, error) {
	parent, name := w.root, path
	if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
		var err error
		if parent, err = w.lookup(path[:cut]); err != nil {
			return nil, "", err
		}
		name = path[cut+1:]
	}
	if parent.children == nil {
		return nil, "", errors.New("its parent is not a directory")
	}
	if name == "" || name == "." || name == ".." || len(name) > maxName || strings.IndexByte(name, 0) >= 0 {
		return nil, "", errors.New("not a file name")
	}
	if parent.children[name] != nil {
		return nil, "", os.ErrExist
	}
	return parent, name, nil
}

func (w *erofs) lookup(path string) (*inode, error) {
	node := w.root
	for name := range strings.SplitSeq(path, "/") {
		if node = node.children[name]; node == nil {
			return nil, fmt.Errorf("%q: %w", path, os.ErrNotExist)
		}
	}
	return node, nil
}

// reserve takes the next free blocks for so many bytes.
func (w *erofs) reserve(size int64) (first uint32, err error) {
	blocks := (size + blockSize - 1) / blockSize
	if blocks > maxBlocks-int64(w.block) {
		return 0, errors.New("image too large")
	}
	first = w.block
	w.block += uint32(blocks)
	return first, nil
}

// padding is what completes the last block of so many bytes.
func padding(size int64) []byte {
	return zeros[:-size&(blockSize-1)]
}

func (w *erofs) Close() error {
	if w.err == nil {
		w.err = w.writeMetadata()
	}
	w.inodes, w.root = nil, nil
	return w.err
}
