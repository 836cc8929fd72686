package files

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/tree"
)

// maxDepth bounds the directories that a recursive removal holds open.
const maxDepth = 512

func makeOne(files *tree.Tree, name string, mode uint32) error {
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Mkdirat(int(dir.Fd()), base, mode); err != nil {
		return err
	}
	// The agent's umask is not the caller's wish.
	if err := unix.Fchmodat(int(dir.Fd()), base, mode, 0); err != nil {
		return err
	}
	return dir.Sync()
}

// makeAll makes what is missing of name; directories that are there stay as they are.
func makeAll(files *tree.Tree, name string, mode uint32) error {
	for end := 1; end <= len(name); end++ {
		if end < len(name) && name[end] != '/' || strings.HasSuffix(name[:end], "/") {
			continue
		}
		dir, err := files.Open(name[:end], unix.O_PATH|unix.O_DIRECTORY, 0)
		if err == nil {
			_ = dir.Close()
			continue
		}
		if !errors.Is(err, unix.ENOENT) {
			return err
		}
		// Somebody else may have made it meanwhile.
		if err := makeOne(files, name[:end], mode); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	return nil
}

// remove never follows symlinks and never leaves the directory it was given.
func remove(ctx context.Context, dir *os.File, name string, recursive bool) error {
	fd := int(dir.Fd())
	err := unix.Unlinkat(fd, name, 0)
	if !errors.Is(err, unix.EISDIR) {
		return err
	}
	err = unix.Unlinkat(fd, name, unix.AT_REMOVEDIR)
	if !recursive || !errors.Is(err, unix.ENOTEMPTY) {
		return err
	}
	return removeContent(ctx, dir, name, 0)
}

func removeContent(ctx context.Context, parent *os.File, name string, depth int) error {
	if depth >= maxDepth {
		return unix.ENAMETOOLONG
	}
	fd, err := unix.Openat(int(parent.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	dir := os.NewFile(uintptr(fd), name)
	defer func() { _ = dir.Close() }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		names, err := dir.Readdirnames(batchEntries)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for _, entry := range names {
			err := unix.Unlinkat(fd, entry, 0)
			if errors.Is(err, unix.EISDIR) {
				err = removeContent(ctx, dir, entry, depth+1)
			}
			if err != nil && !errors.Is(err, unix.ENOENT) {
				return err
			}
		}
	}
	return unix.Unlinkat(int(parent.Fd()), name, unix.AT_REMOVEDIR)
}
