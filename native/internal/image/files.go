package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// files is what an image is stored as: a folder's files or an archive's entries.
type files interface {
	// open fails with fs.ErrNotExist for a name that is not there.
	open(name string) (io.ReadCloser, error)
	size(name string) (int64, error)
	close() error
}

// readFile reads a small file whole.
func readFile(from files, name string, bound int64) ([]byte, error) {
	file, err := from.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, bound+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > bound {
		return nil, fmt.Errorf("%s: more than %d bytes", name, bound)
	}
	return data, nil
}

// folderFiles cannot be led out of its folder, by links neither.
type folderFiles struct{ root *os.Root }

func (f folderFiles) open(name string) (io.ReadCloser, error) {
	// Without O_NONBLOCK a pipe in the folder would hold the process.
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (f folderFiles) size(name string) (int64, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f folderFiles) close() error { return f.root.Close() }

// archiveFiles reads a tar file in place.
type archiveFiles struct {
	file    *os.File
	entries map[string]archiveEntry
}

type archiveEntry struct {
	offset, size int64
	link         string
}

// Images have some hundred files at most: a few for each layer.
const maxArchiveEntries = 10_000

// openArchive looks at the archive's headers only; contents are skipped by seeking.
func openArchive(ctx context.Context, name string) (*archiveFiles, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return indexArchive(ctx, file)
}

// indexArchive makes the file its own, also when it fails.
func indexArchive(ctx context.Context, file *os.File) (*archiveFiles, error) {
	opened := &archiveFiles{file: file, entries: make(map[string]archiveEntry)}
	if err := opened.index(ctx); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return opened, nil
}

func (a *archiveFiles) index(ctx context.Context) error {
	for headers := tar.NewReader(a.file); ; {
		header, err := headers.Next()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("not a tar archive: %w", err)
		}
		if len(a.entries) >= maxArchiveEntries {
			return fmt.Errorf("more than %d files in the archive", maxArchiveEntries)
		}
		offset, err := a.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		name := cleanName(header.Name)
		switch header.Typeflag {
		case tar.TypeReg:
			a.entries[name] = archiveEntry{offset: offset, size: header.Size}
		case tar.TypeSymlink:
			a.entries[name] = archiveEntry{link: cleanName(path.Join(path.Dir(name), header.Linkname))}
		case tar.TypeLink:
			a.entries[name] = archiveEntry{link: cleanName(header.Linkname)}
		}
	}
}

func cleanName(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// find follows links: old archives store equal layers once.
func (a *archiveFiles) find(name string) (archiveEntry, error) {
	const maxHops = 8
	at := cleanName(name)
	for range maxHops {
		entry, exists := a.entries[at]
		if !exists {
			break
		}
		if entry.link == "" {
			return entry, nil
		}
		at = entry.link
	}
	return archiveEntry{}, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (a *archiveFiles) open(name string) (io.ReadCloser, error) {
	entry, err := a.find(name)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(io.NewSectionReader(a.file, entry.offset, entry.size)), nil
}

func (a *archiveFiles) size(name string) (int64, error) {
	entry, err := a.find(name)
	return entry.size, err
}

func (a *archiveFiles) close() error { return a.file.Close() }
