package fuse

// InitIn is the kernel's offer.
type InitIn struct {
	Major, Minor, MaxReadahead, Flags uint32
}

// Init reads an offer. Later kernels send more, which is ignored.
func (b *Body) Init() InitIn {
	return InitIn{Major: b.U32(), Minor: b.U32(), MaxReadahead: b.U32(), Flags: b.U32()}
}

// SetattrIn is a change of attributes, of those that Valid names.
type SetattrIn struct {
	Valid            uint32
	Size             uint64
	Atime, Mtime     uint64 // seconds, signed
	AtimeNS, MtimeNS uint32
	Mode             uint32
	UID, GID         uint32
}

// Setattr reads a change of attributes.
func (b *Body) Setattr() SetattrIn {
	in := SetattrIn{Valid: b.U32()}
	b.Skip(4 + 8) // padding, file handle
	in.Size = b.U64()
	b.Skip(8) // lock owner
	in.Atime, in.Mtime = b.U64(), b.U64()
	b.Skip(8) // ctime
	in.AtimeNS, in.MtimeNS = b.U32(), b.U32()
	b.Skip(4) // nanoseconds of ctime
	in.Mode = b.U32()
	b.Skip(4)
	in.UID, in.GID = b.U32(), b.U32()
	b.Skip(4)
	return in
}

// ReadIn asks for bytes of a file, or for entries of a directory.
type ReadIn struct {
	Offset uint64
	Size   uint32
}

// Read reads the request for bytes or entries.
func (b *Body) Read() ReadIn {
	b.Skip(8) // file handle
	in := ReadIn{Offset: b.U64(), Size: b.U32()}
	b.Skip(4 + 8 + 4 + 4) // flags, lock owner, open flags, padding
	return in
}

// WriteIn brings bytes for a file.
type WriteIn struct {
	Offset     uint64
	WriteFlags uint32
	OpenFlags  uint32
	Data       []byte
}

// Write reads a request with its data.
func (b *Body) Write() WriteIn {
	b.Skip(8)
	in := WriteIn{Offset: b.U64()}
	size := b.U32()
	in.WriteFlags = b.U32()
	b.Skip(8)
	in.OpenFlags = b.U32()
	b.Skip(4)
	in.Data = b.Data(size)
	return in
}

// FallocateIn reserves or punches a range of a file.
type FallocateIn struct {
	Offset, Length uint64
	Mode           uint32
}

// Fallocate reads a range to reserve.
func (b *Body) Fallocate() FallocateIn {
	b.Skip(8)
	in := FallocateIn{Offset: b.U64(), Length: b.U64(), Mode: b.U32()}
	b.Skip(4)
	return in
}

// LseekIn looks for data or a hole.
type LseekIn struct {
	Offset uint64
	Whence uint32
}

// Lseek reads what to look for.
func (b *Body) Lseek() LseekIn {
	b.Skip(8)
	in := LseekIn{Offset: b.U64(), Whence: b.U32()}
	b.Skip(4)
	return in
}

// CopyIn copies a range of the request's node to another node.
type CopyIn struct {
	From, ToNode, To, Length uint64
}

// Copy reads which range goes where.
func (b *Body) Copy() CopyIn {
	b.Skip(8)
	in := CopyIn{From: b.U64(), ToNode: b.U64()}
	b.Skip(8)
	in.To, in.Length = b.U64(), b.U64()
	b.Skip(8)
	return in
}

// ForgetIn gives back references to a node.
type ForgetIn struct {
	Node, Count uint64
}

// Forgets reads the forgotten nodes, as many as there are.
func (b *Body) Forgets() []ForgetIn {
	count := b.U32()
	b.Skip(4)
	if uint64(count)*16 > uint64(len(b.rest)) {
		b.fail()
		return nil
	}
	list := make([]ForgetIn, count)
	for i := range list {
		list[i] = ForgetIn{Node: b.U64(), Count: b.U64()}
	}
	return list
}
