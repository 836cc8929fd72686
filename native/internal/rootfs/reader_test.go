//go:build linux

package rootfs

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// reader understands just enough of the format to list an image, straight from the kernel's
// erofs_fs.h, and refuses whatever the kernel would.
type reader struct {
	data     []byte
	metadata uint64
	seen     map[uint64]int // names of each inode
	claimed  map[uint64]int // links that each inode says it has
}

func (r *reader) tree(into model) error {
	super := r.data[1024:]
	if binary.LittleEndian.Uint32(super) != 0xE0F5E1E2 || super[12] != 12 {
		return errImage
	}
	if blocks := binary.LittleEndian.Uint32(super[36:]); uint64(blocks)<<12 != uint64(len(r.data)) {
		return fmt.Errorf("%d blocks in %d bytes", blocks, len(r.data))
	}
	r.metadata = uint64(binary.LittleEndian.Uint32(super[40:])) << 12
	r.seen, r.claimed = make(map[uint64]int), make(map[uint64]int)
	root := uint64(binary.LittleEndian.Uint16(super[14:]))
	if err := r.walk(root, root, ".", into); err != nil {
		return err
	}
	for number, names := range r.seen {
		if r.claimed[number] != names {
			return fmt.Errorf("inode %d has %d names and says %d", number, names, r.claimed[number])
		}
	}
	return nil
}

type readInode struct {
	mode, layout, xattrs uint16
	size                 uint64
	value, links         uint32
	entry                Entry
	behind               []byte // from the end of the inode on
}

func (r *reader) inode(number uint64) (*readInode, error) {
	at := r.metadata + number*32
	if at+64 > uint64(len(r.data)) || at>>12 != (at+63)>>12 {
		return nil, fmt.Errorf("inode %d crosses a block", number)
	}
	b := r.data[at:]
	found := &readInode{
		layout: binary.LittleEndian.Uint16(b) >> 1 & 7, xattrs: binary.LittleEndian.Uint16(b[2:]), mode: binary.LittleEndian.Uint16(b[4:]),
		size: binary.LittleEndian.Uint64(b[8:]), value: binary.LittleEndian.Uint32(b[16:]), links: binary.LittleEndian.Uint32(b[44:]), behind: b[64:],
	}
	if binary.LittleEndian.Uint16(b)&1 != 1 {
		return nil, fmt.Errorf("inode %d is compact", number)
	}
	found.entry = Entry{
		Mode: found.mode & 0o7777, UID: binary.LittleEndian.Uint32(b[24:]), GID: binary.LittleEndian.Uint32(b[28:]),
		ModTime: time.Unix(int64(binary.LittleEndian.Uint64(b[32:])), int64(binary.LittleEndian.Uint32(b[40:]))),
	}
	return found, found.readXattrs()
}

var readPrefixes = map[byte]string{1: "user.", 2: "system.posix_acl_access", 3: "system.posix_acl_default", 4: "trusted.", 6: "security."}

func (i *readInode) readXattrs() error {
	if i.xattrs == 0 {
		return nil
	}
	area := i.behind[12 : 12+4*(int(i.xattrs)-1)]
	i.behind = i.behind[12+len(area):]
	i.entry.Xattrs = make(map[string]string)
	for len(area) >= 4 {
		name, value := int(area[0]), int(binary.LittleEndian.Uint16(area[2:]))
		prefix, known := readPrefixes[area[1]]
		if !known || 4+name+value > len(area) {
			return fmt.Errorf("attribute with prefix %d", area[1])
		}
		i.entry.Xattrs[prefix+string(area[4:4+name])] = string(area[4+name : 4+name+value])
		area = area[min(len(area), (4+name+value+3)&^3):]
	}
	return nil
}

func (r *reader) contents(number uint64, i *readInode) ([]byte, error) {
	if i.size == 0 {
		return nil, nil
	}
	if i.layout == 2 {
		start := len(r.data) - len(i.behind)
		if i.size > uint64(len(i.behind)) || start>>12 != (start+int(i.size)-1)>>12 {
			return nil, fmt.Errorf("the tail of inode %d crosses a block", number)
		}
		return i.behind[:i.size], nil
	}
	start := uint64(i.value) << 12
	if i.layout != 0 || start+i.size > uint64(len(r.data)) {
		return nil, fmt.Errorf("inode %d has layout %d at block %d", number, i.layout, i.value)
	}
	return r.data[start : start+i.size], nil
}

func (r *reader) walk(number, parent uint64, path string, into model) error {
	i, err := r.inode(number)
	if err != nil {
		return err
	}
	contents, err := r.contents(number, i)
	r.claimed[number] = int(i.links)
	if err != nil {
		return err
	}
	line := ""
	switch i.mode & unix.S_IFMT {
	case unix.S_IFDIR:
		i.entry.Type = Directory
		into[path] = describe(&i.entry)
		return r.directory(contents, number, parent, path, into)
	case unix.S_IFREG:
		i.entry.Type, line = Regular, fmt.Sprintf(" %x", sum(contents))
	case unix.S_IFLNK:
		i.entry.Type, i.entry.Link = Symlink, string(contents)
	case unix.S_IFCHR, unix.S_IFBLK:
		i.entry.Type = CharDevice
		if i.mode&unix.S_IFMT == unix.S_IFBLK {
			i.entry.Type = BlockDevice
		}
		i.entry.Device = Device{Major: i.value >> 8 & 0xfff, Minor: i.value&0xff | i.value>>12&0xfff00}
	case unix.S_IFIFO:
		i.entry.Type = Fifo
	}
	r.seen[number]++
	into[path] = describe(&i.entry) + line
	return nil
}

// directory checks the order of names over all blocks: the kernel bisects.
func (r *reader) directory(contents []byte, number, parent uint64, path string, into model) error {
	last := ""
	r.seen[number] += 1 // its name in its parent, or being the root
	for len(contents) > 0 {
		block := contents[:min(len(contents), 4096)]
		contents = contents[len(block):]
		count := int(binary.LittleEndian.Uint16(block[8:])) / 12
		for n := range count {
			entry := block[n*12:]
			end := len(block)
			if n+1 < count {
				end = int(binary.LittleEndian.Uint16(entry[12+8:]))
			}
			name := strings.TrimRight(string(block[binary.LittleEndian.Uint16(entry[8:]):end]), "\x00")
			target := binary.LittleEndian.Uint64(entry)
			if name <= last {
				return fmt.Errorf("%q behind %q in %q", name, last, path)
			}
			last = name
			if err := r.name(target, number, parent, name, path, into); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *reader) name(target, number, parent uint64, name, path string, into model) error {
	switch name {
	case ".", "..":
		if name == "." {
			r.seen[target]++
		}
		if name == "." && target != number || name == ".." && target != parent {
			return fmt.Errorf("%q of %q leads to inode %d", name, path, target)
		}
		return nil
	}
	before := r.seen[target]
	if err := r.walk(target, number, strings.TrimPrefix(path+"/"+name, "./"), into); err != nil {
		return err
	}
	if before == 0 && r.claimed[target] > 1 && r.isFolder(target) {
		r.seen[number]++ // the child's own ".."
	}
	return nil
}

func (r *reader) isFolder(number uint64) bool {
	return binary.LittleEndian.Uint16(r.data[r.metadata+number*32+4:])&unix.S_IFMT == unix.S_IFDIR
}
