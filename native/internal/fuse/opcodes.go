package fuse

// Opcode is what a request asks for.
type Opcode uint32

// The requests that are told apart. All others are answered with ENOSYS.
const (
	OpLookup        Opcode = 1
	OpForget        Opcode = 2
	OpGetattr       Opcode = 3
	OpSetattr       Opcode = 4
	OpReadlink      Opcode = 5
	OpSymlink       Opcode = 6
	OpMknod         Opcode = 8
	OpMkdir         Opcode = 9
	OpUnlink        Opcode = 10
	OpRmdir         Opcode = 11
	OpRename        Opcode = 12
	OpLink          Opcode = 13
	OpOpen          Opcode = 14
	OpRead          Opcode = 15
	OpWrite         Opcode = 16
	OpStatfs        Opcode = 17
	OpFsync         Opcode = 20
	OpInit          Opcode = 26
	OpReaddir       Opcode = 28
	OpFsyncdir      Opcode = 30
	OpInterrupt     Opcode = 36
	OpDestroy       Opcode = 38
	OpBatchForget   Opcode = 42
	OpFallocate     Opcode = 43
	OpReaddirplus   Opcode = 44
	OpRename2       Opcode = 45
	OpLseek         Opcode = 46
	OpCopyFileRange Opcode = 47
	OpSyncfs        Opcode = 50
)

// Bits of InitIn.Flags and InitOut.Flags.
const (
	CapAsyncRead      = 1 << 0
	CapBigWrites      = 1 << 5
	CapAutoInvalData  = 1 << 12
	CapReaddirplus    = 1 << 13
	CapAsyncDIO       = 1 << 15
	CapNoOpen         = 1 << 17
	CapParallelDirops = 1 << 18
	CapMaxPages       = 1 << 22
	CapCacheSymlinks  = 1 << 23
	CapNoOpendir      = 1 << 24
	CapKillprivV2     = 1 << 28
	CapInitExt        = 1 << 30
)

// Bits of SetattrIn.Valid.
const (
	SetMode     = 1 << 0
	SetUID      = 1 << 1
	SetGID      = 1 << 2
	SetSize     = 1 << 3
	SetAtime    = 1 << 4
	SetMtime    = 1 << 5
	SetAtimeNow = 1 << 7
	SetMtimeNow = 1 << 8
)

// Codes of notices, which are answers without a request.
const (
	NotifyInvalInode = 2
	NotifyInvalEntry = 3
)

const (
	// WriteKillSUIDGID is the bit of WriteIn.WriteFlags by which the kernel leaves the clearing of
	// setuid and setgid bits to the server.
	WriteKillSUIDGID = 1 << 2
	// FsyncData is the bit of FsyncIn.Flags for data without metadata.
	FsyncData = 1 << 0
)
