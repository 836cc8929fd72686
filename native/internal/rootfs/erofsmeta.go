package rootfs

import (
	"cmp"
	"fmt"
	"slices"
)

// writeMetadata puts everything but file contents behind them: first the contents of large
// directories and long symlinks, then the inodes, the root first because the superblock has only
// 16 bits for its number; last the superblock, which makes the file an image.
func (w *erofs) writeMetadata() error {
	if err := w.dropUnnamed(w.block); err != nil {
		return err
	}
	areas, size, err := w.layOut()
	if err != nil {
		return err
	}
	for _, node := range w.inodes {
		if len(node.blocks) == 0 {
			continue
		}
		if node.block, err = w.reserve(int64(len(node.blocks))); err != nil {
			return err
		}
	}
	return w.emit(areas, size)
}

// layOut gives every inode its place in the metadata area. Directories are encoded only for
// their size here: the inode numbers in them are not known before all places are.
func (w *erofs) layOut() (areas [][]byte, size int64, err error) {
	areas = make([][]byte, len(w.inodes))
	at := int64(inodeSize) // number 0 is no valid inode number
	for i, node := range w.inodes {
		if areas[i], err = encodeXattrs(node.entry.Xattrs); err != nil {
			return nil, 0, fmt.Errorf("%q: %w", node.entry.Path, err)
		}
		if err := node.encodeContents(func(dirent) uint64 { return 0 }); err != nil {
			return nil, 0, err
		}
		fixed := int64(inodeSize + len(areas[i]))
		// Neither the inode nor its tail may cross a block.
		if inBlock := at % blockSize; inBlock+inodeSize > blockSize ||
			len(node.tail) > 0 && at/blockSize != (at+fixed+int64(len(node.tail))-1)/blockSize {
			at += blockSize - inBlock
		}
		node.offset = at
		at += fixed + int64(len(node.tail))
		at = (at + slotSize - 1) &^ (slotSize - 1)
	}
	return areas, at, nil
}

// A tail has to fit into one block with its inode; most directories and all usual links do.
const maxTail = 2048

func (n *inode) encodeContents(number func(dirent) uint64) error {
	var contents []byte
	switch n.entry.Type {
	case Directory:
		contents = encodeDirectory(n, number)
	case Symlink:
		if n.entry.Link == "" || len(n.entry.Link) > maxLink {
			return fmt.Errorf("%q: a link's target has 1 to %d bytes", n.entry.Path, maxLink)
		}
		contents = []byte(n.entry.Link)
	default:
		return nil
	}
	n.tail, n.blocks = nil, nil
	if len(contents) <= maxTail && len(n.entry.Xattrs) == 0 {
		n.tail = contents
	} else {
		n.blocks = contents
	}
	return nil
}

func (w *erofs) emit(areas [][]byte, size int64) error {
	number := func(entry dirent) uint64 { return entry.node.number() }
	for _, node := range w.inodes {
		if err := node.encodeContents(number); err != nil {
			return err
		}
		if err := w.data.write(node.blocks, padding(int64(len(node.blocks)))); err != nil {
			return err
		}
	}
	metadata, err := w.reserve(size)
	if err != nil {
		return err
	}
	at := int64(0)
	for i, node := range w.inodes {
		encoded := node.encode(uint32(i+1), areas[i])
		// The gap in front of an inode is less than a block.
		if err := w.data.write(zeros[:node.offset-at], encoded); err != nil {
			return err
		}
		at = node.offset + int64(len(encoded))
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
		if node.entry.Contents.size > 0 {
			named = append(named, node.entry.Contents)
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
