package volume

import (
	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

const (
	minMinor = 31 // what a 5.10 kernel speaks
	ourMinor = 38
	// maxBackground is how much the kernel may ask for ahead of what programs wait for.
	maxBackground = 64

	// Files are not opened and closed over the wire, and the kernel looks again at what it has of them
	// when their times change.
	capabilities = fuse.CapAsyncRead | fuse.CapBigWrites | fuse.CapAutoInvalData | fuse.CapReaddirplus | fuse.CapReaddirplusAuto |
		fuse.CapAsyncDIO | fuse.CapNoOpen | fuse.CapParallelDirops | fuse.CapMaxPages | fuse.CapCacheSymlinks |
		fuse.CapNoOpendir | fuse.CapKillprivV2
)

func (c *call) init() error {
	offer := c.in.Init()
	if err := c.in.Err(); err != nil {
		return err
	}
	if offer.Major != 7 || offer.Minor < minMinor {
		return unix.EPROTO
	}
	c.out.Init(fuse.Limits{
		Minor: min(offer.Minor, ourMinor), Flags: offer.Flags & capabilities,
		MaxReadahead: volumewire.MaxData, MaxBackground: maxBackground, MaxWrite: volumewire.MaxData,
	})
	return nil
}

func (c *call) statfs() error {
	_, d, err := c.file()
	if err != nil {
		return err
	}
	defer c.open.done(d)
	var info unix.Statfs_t
	if err := ignoringEINTR(func() error { return unix.Fstatfs(d.fd, &info) }); err != nil {
		return err
	}
	c.out.Statfs(c.quota.within(fuse.Statfs{
		Blocks: info.Blocks, Free: info.Bfree, Available: info.Bavail, Files: info.Files, FilesFree: info.Ffree,
		BlockSize: uint32(info.Bsize), NameBytes: fuse.MaxNameBytes, FragmentSize: uint32(info.Frsize),
	}))
	return nil
}
