package volume

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// CatchUp returns when a guest that goes on here has been told of what has changed without it, or ctx ends: what its
// programs see before that may be of then. It runs, and its relay too.
func (s *Server) CatchUp(ctx context.Context) {
	if !s.adopted || s.watcher == nil {
		return
	}
	select {
	case <-s.caughtUp:
	case <-ctx.Done():
	}
}

// tellChanges tells the guest of what the host's programs change, one after the other: what changes often
// while the guest is busy is told once.
func (s *Server) tellChanges(ctx context.Context) {
	caughtUp := sync.OnceFunc(func() { close(s.caughtUp) })
	for {
		at, mask, ok := s.watcher.next(ctx)
		if !ok {
			return
		}
		if at.volume == nil {
			s.compare(ctx)
			caughtUp()
		} else {
			s.tell(ctx, at, mask)
		}
	}
}

// maxTelling is how long the guest may take to take note of a change; then it is told nothing lasting until
// it has.
const maxTelling = time.Second

func (s *Server) tell(ctx context.Context, at place, mask uint32) {
	late := time.AfterFunc(maxTelling, func() { s.watcher.late.Store(true) })
	defer func() {
		late.Stop()
		s.watcher.late.Store(false)
	}()
	message := s.change(at, mask)
	if message == nil {
		return
	}
	// An answer from before the change comes before it, and the guest forgets it.
	at.volume.answering.Lock()
	s.send(message)
	at.volume.answering.Unlock()
	select {
	case <-s.noted:
	case <-ctx.Done():
	}
}

// change describes what became of a name; nil: nothing that the guest could know of.
func (s *Server) change(at place, mask uint32) []byte {
	v := at.volume
	d, err := v.reach(at.folder)
	if err != nil {
		return nil
	}
	defer v.open.done(d)
	if seen, err := v.see(d); err != nil || seen.hides(at.name) || seen.private(at.name) != nil {
		return nil
	}
	var what, kind uint32
	var fresh uint64
	old := v.nodes.kid(at.folder, at.name)
	info, err := stat(d.fd, at.name)
	there := err == nil
	if there {
		kind = kindOf(info)
		if n := v.nodes.find(identityOf(info)); n != nil {
			fresh = n.id
		}
	}
	const made, gone = unix.IN_CREATE | unix.IN_MOVED_TO, unix.IN_DELETE | unix.IN_MOVED_FROM
	if mask&gone != 0 || mask&made != 0 && old != 0 && old != fresh {
		what |= volumewire.ChangeRemoved
		if mask&unix.IN_ISDIR != 0 {
			what |= volumewire.ChangeFolder
		}
	}
	if there {
		if mask&made != 0 {
			what |= volumewire.ChangeMade
		}
		if kind == unix.S_IFREG && mask&(unix.IN_MODIFY|unix.IN_CLOSE_WRITE) != 0 {
			what |= volumewire.ChangeContent
		}
		if kind == unix.S_IFREG && mask&unix.IN_CLOSE_WRITE != 0 {
			what |= volumewire.ChangeWritten
		}
		if mask&unix.IN_ATTRIB != 0 {
			what |= volumewire.ChangeAttributes
		}
	}
	answer := fuse.NewAnswer(nil)
	answer.U32(what, kind)
	answer.U64(at.folder.id, old, fresh)
	answer.Text(at.name)
	return answer.Notice(uint64(v.number)<<volumewire.MountShift, volumewire.CodeChanged)
}

// echo answers a request by which the relay makes the guest's kernel tell its programs of a change. It
// changes nothing. Requests that it does not know are answered as all others.
func (c *call) echo() (known bool, err error) {
	switch group, op := c.head.GID, c.head.Opcode; {
	case group < volumewire.GroupTouch || group > volumewire.GroupRmdir:
		return false, nil
	case op == fuse.OpSetattr:
		return true, c.getattr()
	case op == fuse.OpLookup && group == volumewire.GroupMake:
		c.out.Entry(0, &fuse.Attr{}, 0)
		return true, nil
	case group == volumewire.GroupMake && op == fuse.OpMknod:
		c.in.Skip(16)
		return true, c.found()
	case group == volumewire.GroupMake && op == fuse.OpMkdir:
		c.in.Skip(8)
		return true, c.found()
	case group == volumewire.GroupMake && op == fuse.OpSymlink:
		return true, c.found()
	case op == fuse.OpLookup && group == volumewire.GroupRemove:
		return true, c.ghost(unix.S_IFREG)
	case op == fuse.OpLookup && group == volumewire.GroupRmdir:
		return true, c.ghost(unix.S_IFDIR)
	case op == fuse.OpUnlink && group == volumewire.GroupRemove, op == fuse.OpRmdir && group == volumewire.GroupRmdir:
		return true, nil
	}
	return false, nil
}

// found answers as if what is there had just been made.
func (c *call) found() error { return c.lookup() }

// ghost answers with a file that is nowhere, to be removed.
func (c *call) ghost(kind uint32) error {
	n, err := c.nodes.ghost(kind)
	if err != nil {
		return err
	}
	c.out.Entry(n.id, &fuse.Attr{Inode: n.id, Mode: kind | 0o644, Links: 1}, 0)
	return nil
}
