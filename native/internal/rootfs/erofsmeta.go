package rootfs

import (
	"cmp"
	"slices"
)

// writeMetadata puts everything but file contents behind them: first the contents of large
// directories and long symlinks, then the inodes, the root first because the superblock has only
// 16 bits for its number; last the superblock, which makes the file an image.
func (w *erofs) writeMetadata() error {
	if err := w.dropUnnamed(w.block); err != nil {
		return err
	}
	size, err := w.layOut()
	if err != nil {
		return err
	}
	for _, node := range w.inodes {
		if !node.hasBlocks() {
			continue
		}
		if node.contents.block, err = w.reserve(node.contents.size); err != nil {
			return err
		}
	}
	return w.emit(size)
}

// layOut gives every inode its place in the metadata area. Directories are encoded only for
// their size here: the inode numbers in them are not known before all places are.
func (w *erofs) layOut() (size int64, err error) {
	at := int64(inodeSize) // number 0 is no valid inode number
	for _, node := range w.inodes {
		xattrs, err := encodeXattrs(node.xattrs)
		if err != nil {
			return 0, err
		}
		behind := int64(0)
		if contents := node.encodeContents(func(dirent) uint64 { return 0 }); contents != nil {
			node.contents.size = int64(len(contents))
			if node.inline = len(contents) <= maxTail && len(xattrs) == 0; node.inline {
				behind = node.contents.size
			}
		}
		fixed := int64(inodeSize + len(xattrs))
		// Neither the inode nor what is behind it may cross a block.
		if inBlock := at % blockSize; inBlock+inodeSize > blockSize ||
			behind > 0 && at/blockSize != (at+fixed+behind-1)/blockSize {
			at += blockSize - inBlock
		}
		node.slot = uint32(at / slotSize)
		at += fixed + behind
		at = (at + slotSize - 1) &^ (slotSize - 1)
	}
	return at, nil
}

// A tail has to fit into one block with its inode; most directories and all usual links do.
const maxTail = 2048

// encodeContents is nil for what has none of the writer's making.
func (n *inode) encodeContents(number func(dirent) uint64) []byte {
	switch n.kind {
	case Directory:
		return encodeDirectory(n, number)
	case Symlink:
		return []byte(n.link)
	default:
		return nil
	}
}

// hasBlocks says whether contents of the writer's making have blocks of their own.
func (n *inode) hasBlocks() bool { return (n.kind == Directory || n.kind == Symlink) && !n.inline }

func (w *erofs) emit(size int64) error {
	number := func(entry dirent) uint64 { return uint64(entry.node.slot) }
	for _, node := range w.inodes {
		if !node.hasBlocks() {
			continue
		}
		if err := w.data.write(node.encodeContents(number), padding(node.contents.size)); err != nil {
			return err
		}
	}
	metadata, err := w.reserve(size)
	if err != nil {
		return err
	}
	at := int64(0)
	for i, node := range w.inodes {
		xattrs, err := encodeXattrs(node.xattrs)
		if err != nil {
			return err
		}
		var behind []byte
		if node.inline {
			behind = node.encodeContents(number)
		}
		encoded := node.encode(uint32(i+1), xattrs, behind)
		// The gap in front of an inode is less than a block.
		offset := int64(node.slot) * slotSize
		if err := w.data.write(zeros[:offset-at], encoded); err != nil {
			return err
		}
		at = offset + int64(len(encoded))
	}
	if err := w.data.write(zeros[:size-at], padding(size)); err != nil {
		return err
	}
	if err := w.data.finish(); err != nil {
		return err
	}
	return w.data.overwrite(encodeSuper(w.root, len(w.inodes), metadata, w.block), superOffset)
}

// dropUnnamed frees the blocks of contents that no entry has named. What they held reads as zeros,
// so that the image's bytes depend on its tree only.
func (w *erofs) dropUnnamed(end uint32) error {
	named := make([]Contents, 0, len(w.inodes))
	for _, node := range w.inodes {
		if node.kind == Regular && node.contents.size > 0 {
			named = append(named, node.contents)
		}
	}
	slices.SortFunc(named, func(a, b Contents) int { return cmp.Compare(a.block, b.block) })
	next := uint32(1)
	for _, contents := range append(named, Contents{block: end}) {
		if contents.block > next {
			if err := w.data.drop(int64(next)*blockSize, int64(contents.block-next)*blockSize); err != nil {
				return err
			}
		}
		next = contents.block + uint32((contents.size+blockSize-1)/blockSize)
	}
	return nil
}
