package volume

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

// call is one request and its answer.
type call struct {
	*Volume
	head fuse.Header
	in   *fuse.Body
	out  *fuse.Answer
	made bool // there is a new entry, whatever came after
}

// operation is how one kind of request is answered.
type operation struct {
	run    func(*call) error
	writes bool // refused on a read-only volume
	silent bool // has no answer
	// long ones may keep a disk busy. All others are answered before the next request is read: to hand one
	// over costs more than most of them take.
	long bool
	cost int64 // of the entry that it makes
}

var operations = map[fuse.Opcode]operation{
	fuse.OpDestroy:       {run: func(*call) error { return nil }},
	fuse.OpLookup:        {run: (*call).lookup},
	fuse.OpForget:        {run: (*call).forget, silent: true},
	fuse.OpBatchForget:   {run: (*call).batchForget, silent: true},
	fuse.OpGetattr:       {run: (*call).getattr},
	fuse.OpSetattr:       {run: (*call).setattr, writes: true},
	fuse.OpReadlink:      {run: (*call).readlink},
	fuse.OpSymlink:       {run: (*call).symlink, writes: true, cost: entryCost + block},
	fuse.OpMknod:         {run: (*call).mknod, writes: true, cost: entryCost},
	fuse.OpMkdir:         {run: (*call).mkdir, writes: true, cost: folderCost},
	fuse.OpUnlink:        {run: (*call).unlink, writes: true},
	fuse.OpRmdir:         {run: (*call).rmdir, writes: true},
	fuse.OpRename:        {run: (*call).rename, writes: true},
	fuse.OpRename2:       {run: (*call).rename2, writes: true},
	fuse.OpLink:          {run: (*call).link, writes: true, cost: entryCost},
	fuse.OpRead:          {run: (*call).read, long: true},
	fuse.OpWrite:         {run: (*call).write, writes: true},
	fuse.OpStatfs:        {run: (*call).statfs},
	fuse.OpFsync:         {run: (*call).fsync, long: true},
	fuse.OpFsyncdir:      {run: (*call).fsync, long: true},
	fuse.OpSyncfs:        {run: (*call).syncfs, long: true},
	fuse.OpFallocate:     {run: (*call).fallocate, writes: true, long: true},
	fuse.OpLseek:         {run: (*call).lseek},
	fuse.OpCopyFileRange: {run: (*call).copyRange, writes: true, long: true},
	fuse.OpReaddir:       {run: (*call).readdir},
	fuse.OpReaddirplus:   {run: (*call).readdirplus},
}

// answer runs a request. The answer, built in buffer, is nil when the kernel waits for none.
func (v *Volume) answer(head fuse.Header, body, buffer []byte) []byte {
	op, known := operations[head.Opcode]
	if !known {
		// Once told, the kernel goes without: it opens and closes files by itself, and keeps locks.
		return fuse.NewAnswer(buffer).Finish(head.Unique, uint32(unix.ENOSYS))
	}
	c := &call{Volume: v, head: head, in: fuse.NewBody(body), out: fuse.NewAnswer(buffer)}
	known, failed := c.echo()
	switch {
	case known:
	case op.writes && v.config.ReadOnly:
		failed = unix.EROFS
	default:
		failed = c.making(op.cost, op.run)
	}
	if op.silent {
		return nil
	}
	return c.out.Finish(head.Unique, errno(failed))
}

// node is the one that the request is about.
func (c *call) node() (*node, error) { return c.nodes.get(c.head.Node) }

// file is the node that the request is about, opened without rights to its content. The caller is done
// with the descriptor in the end.
func (c *call) file() (*node, *descriptor, error) {
	n, err := c.node()
	if err != nil {
		return nil, nil, err
	}
	d, err := c.reach(n)
	return n, d, err
}

// folder is the node that the request is about, opened, which must be a directory. The caller is done
// with the descriptor in the end.
func (c *call) folder(id uint64) (*node, *descriptor, error) {
	n, err := c.nodes.get(id)
	if err != nil {
		return nil, nil, err
	}
	if n.kind != unix.S_IFDIR {
		return nil, nil, unix.ENOTDIR
	}
	d, err := c.reach(n)
	return n, d, err
}

// errno is what the guest is told of an error.
func errno(err error) uint32 {
	if err == nil {
		return 0
	}
	if errors.Is(err, fuse.ErrMalformed) {
		return uint32(unix.EINVAL)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return uint32(number)
	}
	return uint32(unix.EIO)
}
