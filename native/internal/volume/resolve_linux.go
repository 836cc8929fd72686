package volume

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// maxDepth is how far from an open folder a node may be. Paths of the guest's kernel are shorter.
const maxDepth = 4096

// reach opens a node and the folders on the way to it, unless they are open. The caller is done with
// the descriptor in the end.
func (v *Volume) reach(n *node) (*descriptor, error) {
	if n.private {
		return nil, unix.EACCES
	}
	var way []*node
	base, err := v.nearest(n, &way)
	if err != nil {
		return nil, err
	}
	for i := len(way) - 1; i >= 0; i-- {
		next, err := v.step(base, way[i])
		v.open.done(base)
		if err != nil {
			return nil, err
		}
		base = next
	}
	if err := v.mask.shown(base); err != nil {
		v.open.done(base)
		return nil, err
	}
	return base, nil
}

// nearest is the first open one of a node and its folders; those before it are the way.
func (v *Volume) nearest(n *node, way *[]*node) (*descriptor, error) {
	for {
		v.nodes.mu.Lock()
		path, parent := n.path, n.parent
		v.nodes.mu.Unlock()
		if v.open.use(path) {
			return path, nil
		}
		if parent == nil || len(*way) == maxDepth {
			return nil, unix.ESTALE
		}
		*way = append(*way, n)
		n = parent
	}
}

// step opens the node below the folder that it was in. What is there now must be the same file.
func (v *Volume) step(folder *descriptor, n *node) (*descriptor, error) {
	v.nodes.mu.Lock()
	name := n.name
	v.nodes.mu.Unlock()
	fd, info, err := openBeneath(folder.fd, name)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil, unix.ESTALE
	}
	if err != nil {
		return nil, err
	}
	if kindOf(info) != n.kind || !n.floating && identityOf(info) != n.identity {
		_ = unix.Close(fd)
		return nil, unix.ESTALE
	}
	d := v.open.add(fd)
	if n.floating {
		v.open.drop(d) // the next request looks again
		return d, nil
	}
	v.nodes.mu.Lock()
	defer v.nodes.mu.Unlock()
	n.path = d
	return d, nil
}

// openBeneath opens what has this name in the folder, a symlink itself.
func openBeneath(folder int, name string) (int, *unix.Statx_t, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	var fd int
	err := retrying(func() (err error) { fd, err = unix.Openat2(folder, name, &how); return err })
	if err != nil {
		return -1, nil, err
	}
	info, err := stat(fd, "")
	if err != nil {
		_ = unix.Close(fd)
		return -1, nil, err
	}
	return fd, info, nil
}

// maxRaces is how often a resolution that races with a rename is tried again.
const maxRaces = 64

func retrying(call func() error) (err error) {
	for range maxRaces {
		if err = call(); !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	return err
}

// procPath names an open file to system calls that take a path. It leads to that file alone.
func procPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// reopen opens the file at an O_PATH descriptor for its bytes. Only regular files may be opened so:
// a FIFO would wait, a device would do what devices do.
func reopen(path int, flags int) (fd int, err error) {
	err = ignoringEINTR(func() (err error) {
		fd, err = unix.Open(procPath(path), flags|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		return err
	})
	return fd, err
}
