package rootfs

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
)

// The on-disk format, as the kernel's fs/erofs/erofs_fs.h has it. All fields little-endian.
const (
	blockBits  = 12
	blockSize  = 1 << blockBits
	maxBlocks  = math.MaxUint32
	maxName    = 255
	maxLink    = 4095
	slotSize   = 32 // inode numbers count these from the start of the metadata area
	inodeSize  = 64 // the extended form: 32-bit owners, times with nanoseconds
	direntSize = 12

	superOffset    = 1024
	superMagic     = 0xE0F5E1E2
	compatModTimes = 0x2

	formatExtended = 1
	layoutPlain    = 0 << 1
	layoutInline   = 2 << 1
)

var zeros [blockSize]byte

// typeBits gives the mode's type bits and the type in directory entries.
var typeBits = map[Type]struct {
	mode   uint16
	dirent byte
}{
	Regular: {0o100000, 1}, Directory: {0o040000, 2}, CharDevice: {0o020000, 3}, BlockDevice: {0o060000, 4},
	Fifo: {0o010000, 5}, Symlink: {0o120000, 7},
}

func encodeSuper(root *inode, inodes int, metadata, blocks uint32) []byte {
	b := make([]byte, 0, 128)
	b = binary.LittleEndian.AppendUint32(b, superMagic)
	b = binary.LittleEndian.AppendUint32(b, 0) // checksum, not used
	b = binary.LittleEndian.AppendUint32(b, compatModTimes)
	b = append(b, blockBits, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(root.slot))
	b = binary.LittleEndian.AppendUint64(b, uint64(inodes))
	b = append(b, make([]byte, 12)...) // build time
	b = binary.LittleEndian.AppendUint32(b, blocks)
	b = binary.LittleEndian.AppendUint32(b, metadata)
	return append(b, make([]byte, cap(b)-len(b))...) // no shared xattrs, identity or features
}

// encode gives the inode with its xattrs and what is stored behind it.
func (n *inode) encode(serial uint32, xattrs, behind []byte) []byte {
	layout, value := uint16(layoutPlain), n.contents.block
	if n.inline {
		layout, value = layoutInline, 0
	}
	if n.kind == CharDevice || n.kind == BlockDevice {
		value = n.device.Minor&0xff | n.device.Major<<8 | n.device.Minor&^0xff<<12
	}
	b := make([]byte, 0, inodeSize+len(xattrs)+len(behind))
	b = binary.LittleEndian.AppendUint16(b, formatExtended|layout)
	b = binary.LittleEndian.AppendUint16(b, xattrCount(xattrs))
	b = binary.LittleEndian.AppendUint16(b, typeBits[n.kind].mode|n.mode)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(n.contents.size))
	b = binary.LittleEndian.AppendUint32(b, value)
	b = binary.LittleEndian.AppendUint32(b, serial)
	b = binary.LittleEndian.AppendUint32(b, n.uid)
	b = binary.LittleEndian.AppendUint32(b, n.gid)
	b = binary.LittleEndian.AppendUint64(b, uint64(n.seconds))
	b = binary.LittleEndian.AppendUint32(b, n.nanosecond)
	b = binary.LittleEndian.AppendUint32(b, n.links)
	b = append(b, zeros[:16]...)
	b = append(b, xattrs...)
	return append(b, behind...)
}

// Prefixes of attribute names have numbers; the kernel knows no others.
var xattrPrefixes = []struct {
	prefix string
	index  byte
}{
	{"system.posix_acl_access", 2}, {"system.posix_acl_default", 3},
	{"user.", 1}, {"trusted.", 4}, {"security.", 6},
}

// encodeXattrs gives the area behind an inode. Attributes of other name spaces are left out: no
// file system in the guest could hold them.
func encodeXattrs(attributes map[string]string) ([]byte, error) {
	var b []byte
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := attributes[name]
		for _, known := range xattrPrefixes {
			short, found := strings.CutPrefix(name, known.prefix)
			if !found || (short == "") != strings.HasPrefix(known.prefix, "system.") {
				continue
			}
			if len(short) > maxName || len(value) > math.MaxUint16 {
				return nil, errors.New("extended attribute too large")
			}
			b = append(b, byte(len(short)), known.index)
			b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
			b = append(append(b, short...), value...)
			b = append(b, zeros[:-len(b)&3]...)
			break
		}
	}
	if len(b) == 0 {
		return nil, nil
	}
	if len(b)/4 >= math.MaxUint16 {
		return nil, errors.New("too many extended attributes")
	}
	return append(make([]byte, xattrHeader), b...), nil
}

const xattrHeader = 12

func xattrCount(area []byte) uint16 {
	if len(area) == 0 {
		return 0
	}
	return uint16((len(area)-xattrHeader)/4 + 1)
}

type dirent struct {
	name string
	node *inode
}

// encodeDirectory fills whole blocks, the last one unpadded. Names are sorted as bytes over all
// blocks: the kernel searches them by bisection.
func encodeDirectory(node *inode, fill func(dirent) uint64) []byte {
	entries := make([]dirent, 0, len(node.children)+2)
	entries = append(entries, dirent{".", node}, dirent{"..", node.parent})
	size := 2 * (direntSize + 2)
	for name, child := range node.children {
		entries = append(entries, dirent{name, child})
		size += direntSize + len(name)
	}
	slices.SortFunc(entries, func(a, b dirent) int { return strings.Compare(a.name, b.name) })
	out := make([]byte, 0, size+size/8) // gaps at the ends of blocks
	for len(entries) > 0 {
		count, used := 0, 0
		for count < len(entries) && used+direntSize+len(entries[count].name) <= blockSize {
			used += direntSize + len(entries[count].name)
			count++
		}
		out = append(out, zeros[:-len(out)&(blockSize-1)]...)
		nameOffset := count * direntSize
		for _, entry := range entries[:count] {
			out = binary.LittleEndian.AppendUint64(out, fill(entry))
			out = binary.LittleEndian.AppendUint16(out, uint16(nameOffset))
			out = append(out, typeBits[entry.node.kind].dirent, 0)
			nameOffset += len(entry.name)
		}
		for _, entry := range entries[:count] {
			out = append(out, entry.name...)
		}
		entries = entries[count:]
	}
	return out
}
