package export

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// errReserved is about names that a layer cannot hold: they would delete something.
var errReserved = errors.New("in a layer a name that begins with " + whiteout + " deletes a file; rename it")

var types = map[uint32]byte{
	unix.S_IFREG: tar.TypeReg, unix.S_IFDIR: tar.TypeDir, unix.S_IFLNK: tar.TypeSymlink,
	unix.S_IFCHR: tar.TypeChar, unix.S_IFBLK: tar.TypeBlock, unix.S_IFIFO: tar.TypeFifo,
}

// file writes what is not a folder: a further name of a file as a hard link.
func (w *walker) file(dir *os.File, full, name string, stat *unix.Stat_t) error {
	first, err := w.links.first(stat, full)
	if err != nil {
		return err
	}
	if first != full {
		return w.write(&tar.Header{Typeflag: tar.TypeLink, Name: full, Linkname: first}, stat)
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return w.regular(dir, full, name)
	case unix.S_IFLNK:
		target := make([]byte, unix.PathMax)
		n, err := unix.Readlinkat(int(dir.Fd()), name, target)
		if err != nil {
			return err
		}
		return w.header(dir, full, name, stat, string(target[:n]))
	}
	return w.header(dir, full, name, stat, "")
}

// regular writes a file as it is when it is opened. Programs stand still, but users may write to the
// sandbox's files from outside.
func (w *walker) regular(dir *os.File, full, name string) error {
	fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return unix.ESTALE
	}
	if err := w.header(dir, full, name, &stat, ""); err != nil {
		return err
	}
	copied, err := io.CopyBuffer(w.tar, io.LimitReader(&cancellable{file, w}, stat.Size), w.buffer)
	if err == nil && copied < stat.Size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// cancellable stops with the export.
type cancellable struct {
	file *os.File
	w    *walker
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.w.ctx.Err(); err != nil {
		return 0, err
	}
	return c.file.Read(p)
}

func (w *walker) header(dir *os.File, full, name string, stat *unix.Stat_t, target string) error {
	header := &tar.Header{
		Typeflag: types[stat.Mode&unix.S_IFMT], Name: full, Linkname: target,
		Mode: int64(stat.Mode & 0o7777),
	}
	switch header.Typeflag {
	case tar.TypeReg:
		header.Size = stat.Size
	case tar.TypeDir:
		header.Name += "/"
	case tar.TypeChar, tar.TypeBlock:
		header.Devmajor, header.Devminor = int64(unix.Major(stat.Rdev)), int64(unix.Minor(stat.Rdev))
	}
	var err error
	if header.PAXRecords, err = attributes(dir, name); err != nil {
		return err
	}
	return w.write(header, stat)
}

// mark writes a whiteout.
func (w *walker) mark(full string, stat *unix.Stat_t) error {
	return w.write(&tar.Header{Typeflag: tar.TypeReg, Name: full}, stat)
}

func (w *walker) write(header *tar.Header, stat *unix.Stat_t) error {
	header.Format = tar.FormatPAX // keeps times to the nanosecond
	header.Uid, header.Gid = int(stat.Uid), int(stat.Gid)
	header.ModTime = time.Unix(stat.Mtim.Unix())
	return w.tar.WriteHeader(header)
}

// isProduct tells what is not the user's.
func (w *walker) isProduct(f *folder, name string, stat *unix.Stat_t) bool {
	full := "/" + f.at(name)
	if slices.Contains(w.changes.Hidden, full) {
		return true
	}
	content, placed := w.changes.Placed[full]
	if !placed || stat.Mode&unix.S_IFMT != unix.S_IFREG || stat.Size != int64(len(content)) {
		return false
	}
	fd, err := unix.Openat(int(f.upper.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	found := make([]byte, len(content))
	_, err = io.ReadFull(file, found)
	return err == nil && string(found) == content
}

// named leaves an error that has its path already.
func named(path string, err error) error {
	if _, has := errors.AsType[*PathError](err); has {
		return err
	}
	return &PathError{path, err}
}
