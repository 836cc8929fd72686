package volume

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/hide"
)

// mask is what of a folder the guest is not shown. It goes by where a file is now, which the kernel tells of
// an open one: so it holds for numbers that the guest has had since before a rename of the host's.
type mask struct {
	root    *descriptor
	hidden  *hide.Set        // private folders too, in all spellings
	private map[string]*node // by path below the root
	last    atomic.Pointer[sight]
}

// sight is what the guest may see in one folder. A nil one shows everything.
type sight struct {
	mask  *mask
	below string // the root; empty: it is the root
	state hide.State
}

var (
	errFile   = errors.New("a file has nothing to hide, no folders of the guest's own, and no quota")
	errHidden = errors.New("a private folder is hidden")
)

// newMask answers nil when there is nothing to hide. Private folders are given the numbers after the root's,
// in their order: a guest that goes on elsewhere knows them by those.
func newMask(config Config, root *descriptor, nodes *nodes) (*mask, error) {
	if len(config.Hide) == 0 && len(config.Private) == 0 {
		return nil, nil
	}
	if err := namesThemselves(root.fd); err != nil {
		return nil, err
	}
	hidden, err := hide.Parse(config.Hide)
	if err != nil {
		return nil, err
	}
	patterns := config.Hide
	m := &mask{root: root, private: map[string]*node{}}
	for _, name := range config.Private {
		if path.Clean("/"+name) != "/"+name || name == "" {
			return nil, fmt.Errorf("%q is no folder below", name)
		}
		if _, is := hidden.Walk(name); is {
			return nil, fmt.Errorf("%s: %w", name, errHidden)
		}
		m.private[name] = nodes.reserve()
		patterns = append(patterns[:len(patterns):len(patterns)], hide.Literal(name))
	}
	m.hidden, err = hide.Parse(patterns)
	return m, err
}

// namesThemselves refuses file systems where a file has names besides those that are listed.
func namesThemselves(fd int) error {
	var info unix.Statfs_t
	if err := unix.Fstatfs(fd, &info); err != nil {
		return err
	}
	const ntfs, ntfs3, hfs, hfsplus = 0x5346544e, 0x7366746e, 0x4244, 0x482b
	switch uint32(info.Type) {
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.V9FS_MAGIC,
		ntfs, ntfs3, hfs, hfsplus:
		return errors.New("on this file system one file may have several names, so that none can be hidden")
	}
	return nil
}

// see answers what the guest may see in an open folder.
func (v *Volume) see(folder *descriptor) (*sight, error) {
	m := v.mask
	if m == nil {
		return nil, nil
	}
	below, err := m.place(folder.fd)
	if err != nil {
		return nil, err
	}
	if last := m.last.Load(); last != nil && last.below == below {
		return last, nil
	}
	state, hidden := m.hidden.Walk(below)
	if hidden {
		return nil, unix.ESTALE
	}
	s := &sight{m, below, state}
	m.last.Store(s)
	return s, nil
}

// shown is nil when the guest may know of the open file.
func (m *mask) shown(d *descriptor) error {
	if m == nil || d == m.root {
		return nil
	}
	below, err := m.place(d.fd)
	if err != nil {
		return err
	}
	folder, name := path.Split(below)
	if last := m.last.Load(); last != nil && last.below == strings.TrimSuffix(folder, "/") && name != "" {
		if _, hidden := m.hidden.Step(last.state, name); hidden {
			return unix.ESTALE
		}
		return nil
	}
	if _, hidden := m.hidden.Walk(below); hidden {
		return unix.ESTALE
	}
	return nil
}

// place is where below the root an open file is, or was when it was removed.
func (m *mask) place(fd int) (string, error) {
	for range maxRaces {
		root, err := pathOf(m.root.fd)
		if err != nil {
			return "", err
		}
		file, err := pathOf(fd)
		if err != nil {
			return "", err
		}
		again, err := pathOf(m.root.fd)
		if err != nil {
			return "", err
		}
		if root != again {
			continue // the host has moved the whole
		}
		if file == root {
			return "", nil
		}
		if below, ok := strings.CutPrefix(file, strings.TrimSuffix(root, "/")+"/"); ok {
			return below, nil
		}
		break
	}
	return "", unix.ESTALE
}

// pathOf is what the kernel calls an open file.
func pathOf(fd int) (string, error) {
	name, err := os.Readlink(procPath(fd))
	if err != nil {
		return "", err
	}
	trimmed, marked := strings.CutSuffix(name, " (deleted)")
	if !marked {
		return name, nil
	}
	var there, open unix.Stat_t
	if unix.Lstat(name, &there) == nil && unix.Fstat(fd, &open) == nil && there.Dev == open.Dev && there.Ino == open.Ino {
		return name, nil // it is called so
	}
	return trimmed, nil
}

// hides tells whether there is no such name for the guest.
func (s *sight) hides(name string) bool {
	if s == nil || s.private(name) != nil {
		return false
	}
	_, hidden := s.mask.hidden.Step(s.state, name)
	return hidden
}

// private is the folder of the guest's own that has this name; nil: there is none.
func (s *sight) private(name string) *node {
	if s == nil || len(s.mask.private) == 0 {
		return nil
	}
	return s.mask.private[path.Join(s.below, name)]
}

// makes is nil when the guest may make something of this name.
func (s *sight) makes(name string) error {
	switch {
	case s.private(name) != nil:
		return unix.EEXIST
	case s.hides(name):
		return unix.EACCES
	}
	return nil
}

// takes is nil when the guest may take this name away from what has it.
func (s *sight) takes(name string) error {
	switch {
	case s.private(name) != nil:
		return unix.EBUSY
	case s.hides(name):
		return unix.ENOENT
	}
	return nil
}

// sameBelow tells whether a folder may get one name in place of the other: what is below it must be as
// hidden as before, and no private folder may get another place.
func sameBelow(a *sight, oldName string, b *sight, newName string) bool {
	if a == nil {
		return true
	}
	before, _ := a.mask.hidden.Step(a.state, oldName)
	after, _ := b.mask.hidden.Step(b.state, newName)
	return before.Equal(after)
}

// privateAttr are the attributes of a stand-in: nothing of the host's folder shows.
func privateAttr(n *node) *fuse.Attr {
	return &fuse.Attr{Inode: 1<<62 | n.id, Mode: unix.S_IFDIR | 0o755, Links: 2, BlockSize: 4096}
}
