package fuse

import "time"

const (
	attrBytes   = 88
	entryBytes  = 40 + attrBytes
	direntBytes = 24
)

// Attr are a node's attributes as the guest is to see them.
type Attr struct {
	Inode, Size, Blocks   uint64
	Atime, Mtime, Ctime   int64 // nanoseconds since 1970
	Mode, Links, UID, GID uint32
	Device, BlockSize     uint32
}

// Attr adds attributes that hold for a while.
func (a *Answer) Attr(attr *Attr, valid time.Duration) {
	a.U64(uint64(valid / time.Second))
	a.U32(uint32(valid%time.Second), 0)
	a.attr(attr)
}

// Entry adds a node under a name. Node 0 says that there is none, for as long as it holds.
func (a *Answer) Entry(node uint64, attr *Attr, valid time.Duration) {
	seconds, rest := uint64(valid/time.Second), uint32(valid%time.Second)
	a.U64(node, 0, seconds, seconds)
	a.U32(rest, rest)
	a.attr(attr)
}

// Limits is what InitOut settles.
type Limits struct {
	Minor, Flags  uint32
	MaxReadahead  uint32
	MaxBackground uint16
	MaxWrite      uint32
}

// Init adds the answer to the kernel's offer.
func (a *Answer) Init(limits Limits) {
	const page = 4096
	a.U32(major, limits.Minor, limits.MaxReadahead, limits.Flags)
	congested := limits.MaxBackground / 4 * 3
	a.U32(uint32(limits.MaxBackground)|uint32(congested)<<16, limits.MaxWrite)
	a.U32(1)                      // granularity of times, in nanoseconds
	a.U32(limits.MaxWrite / page) // and no alignment of mappings
	a.U32(0, 0, 0, 0, 0, 0, 0, 0)
}

// Statfs are the counts of a file system.
type Statfs struct {
	Blocks, Free, Available, Files, FilesFree uint64
	BlockSize, NameBytes, FragmentSize        uint32
}

// Statfs adds the counts of a file system.
func (a *Answer) Statfs(s Statfs) {
	a.U64(s.Blocks, s.Free, s.Available, s.Files, s.FilesFree)
	a.U32(s.BlockSize, s.NameBytes, s.FragmentSize, 0, 0, 0, 0, 0, 0, 0)
}

// Dirent is a directory's entry. Next is where the entries after it begin.
type Dirent struct {
	Inode, Next uint64
	Type        uint32
	Name        string
}

// DirentSize is what an entry takes, with attributes or without.
func DirentSize(name string, plus bool) int {
	size := (direntBytes + len(name) + 7) &^ 7
	if plus {
		size += entryBytes
	}
	return size
}

// Dirent adds an entry.
func (a *Answer) Dirent(entry Dirent) {
	a.U64(entry.Inode, entry.Next)
	a.U32(uint32(len(entry.Name)), entry.Type)
	a.Text(entry.Name)
	for a.Size()%8 != 0 {
		a.message = append(a.message, 0)
	}
}

const major = 7

func (a *Answer) attr(attr *Attr) {
	a.U64(attr.Inode, attr.Size, attr.Blocks)
	times := [3]int64{attr.Atime, attr.Mtime, attr.Ctime}
	for _, ns := range times {
		a.U64(uint64(floor(ns)))
	}
	for _, ns := range times {
		a.U32(uint32(ns - floor(ns)*int64(time.Second)))
	}
	a.U32(attr.Mode, attr.Links, attr.UID, attr.GID, attr.Device, attr.BlockSize, 0)
}

// floor is the second that a time falls into, before 1970 too.
func floor(ns int64) int64 {
	second := ns / int64(time.Second)
	if ns%int64(time.Second) < 0 {
		second--
	}
	return second
}
