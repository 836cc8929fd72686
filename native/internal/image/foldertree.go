package image

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/rootfs"
)

// folderTree is what a scan has seen, parents first.
type folderTree struct {
	files []*folderFile
	bytes int64
}

type folderFile struct {
	path string // "." for the root
	mode fs.FileMode
	mod  fs.FileInfo
	owned
}

// owned is what only the system's own structure tells.
type owned struct {
	inode, links, device uint64
	uid, gid             uint32
	major, minor         int64
	changed              int64 // ns since 1970
}

func scanFolder(ctx context.Context, root *os.Root) (*folderTree, error) {
	info, err := root.Lstat(".")
	if err != nil {
		return nil, err
	}
	scan := &scan{ctx: ctx, tree: &folderTree{}, device: ownedOf(info).device}
	if err := scan.add(".", info); err != nil {
		return nil, err
	}
	return scan.tree, scan.directory(root, "", 1)
}

type scan struct {
	ctx    context.Context
	tree   *folderTree
	device uint64
}

func (s *scan) directory(dir *os.Root, prefix string, depth int) error {
	if depth > layers.Standard.Depth {
		return &layers.LimitError{Bound: fmt.Sprintf("%d directories above a file", layers.Standard.Depth)}
	}
	listing, err := dir.Open(".")
	if err != nil {
		return err
	}
	names, err := listing.Readdirnames(-1)
	listing.Close()
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		info, err := dir.Lstat(name)
		if err != nil {
			return changedIfMissing(err)
		}
		if info.Mode()&fs.ModeSocket != 0 {
			continue
		}
		if err := s.add(prefix+name, info); err != nil {
			return err
		}
		// Another file system starts as an empty folder, as it would be without its mount.
		if info.IsDir() && ownedOf(info).device == s.device {
			if err := s.child(dir, name, prefix, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scan) child(dir *os.Root, name, prefix string, depth int) error {
	inner, err := dir.OpenRoot(name)
	if err != nil {
		return changedIfMissing(err)
	}
	defer inner.Close()
	return s.directory(inner, prefix+name+"/", depth+1)
}

func (s *scan) add(path string, info fs.FileInfo) error {
	file := &folderFile{path: path, mode: info.Mode(), mod: info, owned: ownedOf(info)}
	s.tree.files = append(s.tree.files, file)
	s.tree.bytes += file.size()
	switch bounds := layers.Standard; {
	case len(s.tree.files) > bounds.Entries:
		return &layers.LimitError{Bound: fmt.Sprintf("%d entries", bounds.Entries)}
	case s.tree.bytes > bounds.Bytes:
		return &layers.LimitError{Bound: fmt.Sprintf("%d bytes of files", bounds.Bytes)}
	case len(path) > bounds.Path:
		return &layers.LimitError{Bound: fmt.Sprintf("%d bytes in a path", bounds.Path)}
	}
	return nil
}

// fingerprint covers whatever changes when a file does. The device is not in it: its number may
// differ after each start of the host.
func (t *folderTree) fingerprint() []byte {
	sum := sha256.New()
	var fields []byte
	for _, file := range t.files {
		fields = append(append(fields[:0], file.path...), 0)
		for _, value := range []int64{
			int64(file.mode), file.size(), file.mod.ModTime().UnixNano(), file.changed, int64(file.inode),
			int64(file.uid), int64(file.gid), file.major, file.minor,
		} {
			fields = binary.LittleEndian.AppendUint64(fields, uint64(value))
		}
		sum.Write(fields)
	}
	return sum.Sum(nil)
}

func (f *folderFile) size() int64 {
	if !f.mode.IsRegular() {
		return 0
	}
	return f.mod.Size()
}

// is says whether an opened file is the one that was seen, unchanged.
func (f *folderFile) is(info fs.FileInfo) bool {
	return f.owned == ownedOf(info) && f.mode == info.Mode() && f.mod.Size() == info.Size()
}

func (f *folderFile) entry() *rootfs.Entry {
	entry := &rootfs.Entry{
		Path: f.path, Type: rootfs.Regular, Mode: uint16(f.mode.Perm()), UID: f.uid, GID: f.gid,
		ModTime: f.mod.ModTime(),
	}
	for bit, value := range map[fs.FileMode]uint16{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if f.mode&bit != 0 {
			entry.Mode |= value
		}
	}
	switch f.mode.Type() {
	case fs.ModeDir:
		entry.Type = rootfs.Directory
	case fs.ModeSymlink:
		entry.Type = rootfs.Symlink
	case fs.ModeNamedPipe:
		entry.Type = rootfs.Fifo
	case fs.ModeDevice | fs.ModeCharDevice:
		entry.Type, entry.Device = rootfs.CharDevice, f.number()
	case fs.ModeDevice:
		entry.Type, entry.Device = rootfs.BlockDevice, f.number()
	}
	return entry
}

func (f *folderFile) number() rootfs.Device {
	return rootfs.Device{Major: uint32(f.major), Minor: uint32(f.minor)}
}

// keptXattr says which attributes mean something in the guest: labels of the host's security
// modules do not, and overlayfs's own would change what it shows.
func keptXattr(name string) bool {
	switch {
	case strings.HasPrefix(name, "user.overlay."):
		return false
	case strings.HasPrefix(name, "user."):
		return true
	default:
		return name == "security.capability" || name == "system.posix_acl_access" || name == "system.posix_acl_default"
	}
}
