package layers

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"sandboxfile/native/internal/rootfs"
)

// index puts a layer's names into the tree and checks its digests.
func (s *source) index(tree *tree, number int, layer Layer) error {
	opened, err := s.open(layer, true)
	if err != nil {
		return err
	}
	defer opened.Close()
	err = eachEntry(opened, func(header *tar.Header, ordinal int, _ io.Reader) error {
		entry, err := entryOf(header)
		if err == nil && entry != nil {
			err = tree.insert(entry, number, ordinal)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", header.Name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return opened.finish()
}

func eachEntry(stream io.Reader, visit func(*tar.Header, int, io.Reader) error) error {
	entries := tar.NewReader(stream)
	for ordinal := 0; ; ordinal++ {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := visit(header, ordinal, entries); err != nil {
			return err
		}
	}
}

var entryTypes = map[byte]rootfs.Type{
	tar.TypeReg: rootfs.Regular, '\x00': rootfs.Regular, tar.TypeGNUSparse: rootfs.Regular, tar.TypeCont: rootfs.Regular,
	tar.TypeDir: rootfs.Directory, tar.TypeSymlink: rootfs.Symlink, tar.TypeLink: rootfs.Hardlink,
	tar.TypeChar: rootfs.CharDevice, tar.TypeBlock: rootfs.BlockDevice, tar.TypeFifo: rootfs.Fifo,
}

// entryOf is nil for headers that stand for no file.
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
		UID: header.Uid, GID: header.Gid, ModTime: header.ModTime, Xattrs: xattrsOf(header),
	}
	switch kind {
	case rootfs.Regular:
		entry.Size = header.Size
	case rootfs.Symlink, rootfs.Hardlink:
		if entry.Link = header.Linkname; entry.Link == "" {
			return nil, errors.New("link without a target")
		}
	case rootfs.CharDevice, rootfs.BlockDevice:
		const maxMajor, maxMinor = 1<<12 - 1, 1<<20 - 1
		entry.Major, entry.Minor = header.Devmajor, header.Devminor
		if entry.Major < 0 || entry.Major > maxMajor || entry.Minor < 0 || entry.Minor > maxMinor {
			return nil, errors.New("device number out of range")
		}
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
		attributes[name] = value
	}
	return attributes
}
