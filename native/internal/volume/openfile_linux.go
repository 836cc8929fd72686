package volume

import (
	"errors"

	"golang.org/x/sys/unix"
)

// reader opens a file for reading, or a directory, and keeps it open for later requests. The caller is
// done with it in the end.
func (v *Volume) reader(n *node) (*descriptor, error) {
	v.nodes.mu.Lock()
	kept := n.bytes
	v.nodes.mu.Unlock()
	if !n.floating && v.open.use(kept) {
		if err := v.mask.shown(kept); err != nil {
			v.open.done(kept)
			return nil, err
		}
		return kept, nil
	}
	path, err := v.reach(n)
	if err != nil {
		return nil, err
	}
	defer v.open.done(path)
	d, err := v.openReader(n, path)
	if err != nil {
		return nil, err
	}
	if n.floating {
		v.open.drop(d)
		return d, nil
	}
	v.nodes.mu.Lock()
	defer v.nodes.mu.Unlock()
	v.open.drop(n.bytes)
	n.bytes = d
	return d, nil
}

func (v *Volume) openReader(n *node, path *descriptor) (*descriptor, error) {
	flags := unix.O_RDONLY
	switch n.kind {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		flags |= unix.O_DIRECTORY
	default:
		return nil, unix.EINVAL
	}
	fd, err := reopen(path.fd, flags)
	if err == nil {
		return v.open.add(fd), nil
	}
	v.nodes.mu.Lock()
	made := n.made
	v.nodes.mu.Unlock()
	if v.open.use(made) {
		return made, nil
	}
	return nil, err
}

// withWriter opens a file for writing as long as the change takes: a program of the host's can be run
// as soon as the guest has been told that it is written.
func (v *Volume) withWriter(n *node, path *descriptor, change func(fd int) error) error {
	if n.kind != unix.S_IFREG {
		return unix.EINVAL
	}
	defer v.changingFile(n, ownContent)()
	fd, err := reopen(path.fd, unix.O_RDWR)
	if errors.Is(err, unix.EACCES) {
		fd, err = reopen(path.fd, unix.O_WRONLY)
	}
	if err == nil {
		defer func() { _ = unix.Close(fd) }()
		return change(fd)
	}
	v.nodes.mu.Lock()
	made := n.made
	v.nodes.mu.Unlock()
	if v.open.use(made) {
		defer v.open.done(made)
		return change(made.fd)
	}
	return err
}
