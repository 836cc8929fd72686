package image

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/rootfs"
)

// folder is a root folder. Its digest is a fingerprint of the tree's metadata, so an unchanged
// folder is found again without reading its files. The user's folder is only read.
type folder struct {
	root *os.Root
	tree *folderTree
	id   v1.Hash
}

var errFolderChanged = errors.New("the folder changed while it was read")

func openFolder(ctx context.Context, root *os.Root) (*folder, error) {
	opened := &folder{root: root}
	var err error
	if opened.tree, err = scanFolder(ctx, root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	opened.id = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(opened.tree.fingerprint())}
	return opened, nil
}

func (f *folder) digest() v1.Hash { return f.id }
func (f *folder) size() int64     { return f.tree.bytes }
func (f *folder) close() error    { return f.root.Close() }

func (f *folder) describe() imagestore.Description {
	return imagestore.Description{Config: configOf(&v1.ConfigFile{})}
}

func (f *folder) write(ctx context.Context, out rootfs.Writer, read func(int64)) error {
	first := make(map[uint64]string) // inode number to the path that holds its contents
	for _, found := range f.tree.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if linked, exists := first[found.inode]; exists {
			link := &rootfs.Entry{Path: found.path, Type: rootfs.Hardlink, Link: linked}
			if err := add(out, link); err != nil {
				return err
			}
			continue
		}
		if found.links > 1 && !found.mode.IsDir() {
			first[found.inode] = found.path
		}
		if err := f.writeFile(out, found); err != nil {
			return err
		}
		read(found.size())
	}
	after, err := scanFolder(ctx, f.root)
	if err != nil {
		return err
	}
	if hex.EncodeToString(after.fingerprint()) != f.id.Hex {
		return errFolderChanged
	}
	return nil
}

func (f *folder) writeFile(out rootfs.Writer, found *folderFile) error {
	entry := found.entry()
	switch entry.Type {
	case rootfs.Symlink:
		target, err := f.root.Readlink(found.path)
		if err != nil {
			return changedIfMissing(err)
		}
		entry.Link = target
	case rootfs.Regular, rootfs.Directory:
		// Without O_NONBLOCK a pipe that has taken the file's place would hold the process.
		file, err := f.root.OpenFile(found.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return changedIfMissing(err)
		}
		defer file.Close()
		return addOpen(out, entry, file, found)
	}
	return add(out, entry)
}

func add(out rootfs.Writer, entry *rootfs.Entry) error {
	if err := out.Add(entry); err != nil {
		return &layers.OutputError{Err: err}
	}
	return nil
}

func addOpen(out rootfs.Writer, entry *rootfs.Entry, file *os.File, found *folderFile) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !found.is(info) {
		return errFolderChanged
	}
	if entry.Xattrs, err = readXattrs(file); err != nil {
		return fmt.Errorf("%s: %w", found.path, err)
	}
	entry.Contents, err = layers.Store(out, file, found.size())
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errFolderChanged
	}
	if err != nil {
		return err
	}
	return add(out, entry)
}

func changedIfMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return errFolderChanged
	}
	return err
}
