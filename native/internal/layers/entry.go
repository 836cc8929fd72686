package layers

import (
	"archive/tar"
	"errors"
	"fmt"
	"math"
	"strings"

	"sandboxfile/native/internal/rootfs"
)

var entryTypes = map[byte]rootfs.Type{
	tar.TypeReg: rootfs.Regular, '\x00': rootfs.Regular, tar.TypeGNUSparse: rootfs.Regular, tar.TypeCont: rootfs.Regular,
	tar.TypeDir: rootfs.Directory, tar.TypeSymlink: rootfs.Symlink, tar.TypeLink: rootfs.Hardlink,
	tar.TypeChar: rootfs.CharDevice, tar.TypeBlock: rootfs.BlockDevice, tar.TypeFifo: rootfs.Fifo,
}

// entryOf is nil for headers that stand for no file. What is kept of a header is cloned: its strings
// may be parts of one that is 1 MiB large.
func entryOf(header *tar.Header) (*rootfs.Entry, error) {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil, nil
	}
	kind, known := entryTypes[header.Typeflag]
	if !known {
		return nil, fmt.Errorf("entry of type %q", header.Typeflag)
	}
	if header.Uid < 0 || header.Uid > math.MaxUint32 || header.Gid < 0 || header.Gid > math.MaxUint32 {
		return nil, errors.New("owner out of range")
	}
	entry := &rootfs.Entry{
		Path: header.Name, Type: kind, Mode: uint16(header.Mode & 0o7777),
		UID: uint32(header.Uid), GID: uint32(header.Gid), ModTime: header.ModTime, Xattrs: xattrsOf(header),
	}
	switch kind {
	case rootfs.Symlink, rootfs.Hardlink:
		if entry.Link = strings.Clone(header.Linkname); entry.Link == "" {
			return nil, errors.New("link without a target")
		}
	case rootfs.CharDevice, rootfs.BlockDevice:
		const maxMajor, maxMinor = 1<<12 - 1, 1<<20 - 1
		if header.Devmajor < 0 || header.Devmajor > maxMajor || header.Devminor < 0 || header.Devminor > maxMinor {
			return nil, errors.New("device number out of range")
		}
		entry.Device = rootfs.Device{Major: uint32(header.Devmajor), Minor: uint32(header.Devminor)}
	}
	return entry, nil
}

// xattrsOf leaves out the attributes that steer overlayfs itself: below it, they would make files
// of the image disappear or show others.
func xattrsOf(header *tar.Header) map[string]string {
	var attributes map[string]string
	for key, value := range header.PAXRecords {
		name, found := strings.CutPrefix(key, "SCHILY.xattr.")
		if !found || strings.HasPrefix(name, "trusted.overlay.") || strings.HasPrefix(name, "user.overlay.") {
			continue
		}
		if attributes == nil {
			attributes = make(map[string]string)
		}
		attributes[strings.Clone(name)] = strings.Clone(value)
	}
	return attributes
}
