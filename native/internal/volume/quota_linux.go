package volume

import (
	"math"
	"sync"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

const (
	// What is counted of an entry, besides its content: its name and its inode.
	entryCost = 1 << 10
	// block is what content is rounded up to, and what is counted of a folder's.
	block      = 4 << 10
	folderCost = entryCost + block
)

// quota is by how much a guest may make a folder grow. Files count with their length, holes included, rounded
// up. What the guest takes away is given back, but never more than it has added. A nil quota has no limit.
type quota struct {
	limit int64

	mu   sync.Mutex
	used int64

	// Whoever changes a file's length holds one of these from before it asks for the old one; taken before
	// a volume's nodes.
	files [64]sync.Mutex
}

func newQuota(limit uint64) *quota {
	if limit == 0 {
		return nil
	}
	return &quota{limit: int64(min(limit, math.MaxInt64/2))}
}

// take counts bytes, or gives them back.
func (q *quota) take(bytes int64) error {
	if q == nil || bytes == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if bytes > 0 && bytes > q.limit-q.used {
		return unix.EDQUOT
	}
	q.used = max(0, q.used+bytes)
	return nil
}

// settle counts what has become of a change, beyond the limit if it has to.
func (q *quota) settle(bytes int64) {
	if q == nil || bytes == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used = max(0, q.used+bytes)
}

func (q *quota) left() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(max(0, q.limit-q.used))
}

func contentCost(size uint64) int64 {
	return int64((min(size, math.MaxInt64/4) + block - 1) / block * block)
}

// making runs what makes an entry of this cost.
func (c *call) making(cost int64, run func(*call) error) error {
	if c.quota == nil || cost == 0 {
		return run(c)
	}
	if err := c.quota.take(cost); err != nil {
		return err
	}
	err := run(c)
	if !c.made {
		c.quota.settle(-cost)
	}
	return err
}

// lengthening runs what may change a file's length, to end at most if it grows.
func (v *Volume) lengthening(n *node, fd int, end uint64, change func() error) error {
	q := v.quota
	if q == nil {
		return change()
	}
	lock := &q.files[n.id%uint64(len(q.files))]
	lock.Lock()
	defer lock.Unlock()
	before, err := stat(fd, "")
	if err != nil {
		return err
	}
	asked := max(0, contentCost(end)-contentCost(before.Size))
	if err := q.take(asked); err != nil {
		return err
	}
	failed := change()
	grown := asked // as long as nothing better is known
	if after, err := stat(fd, ""); err == nil {
		grown = contentCost(after.Size) - contentCost(before.Size)
	}
	q.settle(grown - asked)
	v.nodes.mu.Lock()
	if n.nameless {
		n.owed += grown
	}
	v.nodes.mu.Unlock()
	return failed
}

// removing runs what takes an entry away and gives back what it has cost. The content of a file that the
// guest knows takes place until it forgets it: programs may have it open.
func (c *call) removing(info *unix.Statx_t, n *node, remove func() error) error {
	if c.quota == nil || info == nil {
		return remove()
	}
	if n != nil {
		lock := &c.quota.files[n.id%uint64(len(c.quota.files))]
		lock.Lock()
		defer lock.Unlock()
	}
	if err := remove(); err != nil {
		return err
	}
	switch kind := kindOf(info); {
	case kind == unix.S_IFDIR:
		c.quota.settle(-folderCost)
	case info.Nlink > 1 || kind != unix.S_IFREG && kind != unix.S_IFLNK:
		c.quota.settle(-entryCost)
	case n == nil:
		c.quota.settle(-entryCost - contentCost(info.Size))
	default:
		c.quota.settle(-entryCost)
		c.nodes.mu.Lock()
		n.nameless, n.owed = true, contentCost(info.Size)
		c.nodes.mu.Unlock()
	}
	return nil
}

// within shows a quota as the size of the file system.
func (q *quota) within(s fuse.Statfs) fuse.Statfs {
	if q == nil || s.BlockSize == 0 {
		return s
	}
	// Blocks are counted in fragments.
	unit := uint64(s.FragmentSize)
	if unit == 0 {
		unit = uint64(s.BlockSize)
	}
	left := q.left()
	s.Blocks = min(s.Blocks, uint64(q.limit)/unit)
	s.Free = min(s.Free, left/unit)
	s.Available = min(s.Available, left/unit)
	s.FilesFree = min(s.FilesFree, left/entryCost)
	return s
}

// lasting is what is used beyond what ends with this server.
func (q *quota) lasting(owed int64) uint64 {
	if q == nil {
		return 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(max(0, q.used-owed))
}

// Growth tells of each volume with a quota what is used of it.
func (s *Server) Growth() []Growth {
	var list []Growth
	for i, v := range s.volumes {
		if v.quota != nil {
			list = append(list, Growth{Volume: i, Used: v.quota.lasting(0), Quota: uint64(v.quota.limit)})
		}
	}
	return list
}
