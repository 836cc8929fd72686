package volume

import (
	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

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
