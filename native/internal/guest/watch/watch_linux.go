// Package watch follows changes below a directory of the sandbox with inotify.
package watch

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxDirs bounds the directories of one watch.
const MaxDirs = 16 << 10

// Kind is what happened.
type Kind int

// The kinds of a change. Lost means: changes were missed, read everything again.
const (
	Created Kind = iota
	Changed
	Deleted
	Lost
)

// Change is one of them.
type Change struct {
	Kind Kind
	Path string // absolute, in the sandbox
}

// Opener opens a path of the sandbox.
type Opener func(name string, flags int, mode uint32) (*os.File, error)

// ErrTooMany says that a tree has more directories than a watch may have.
var ErrTooMany = errors.New("too many directories to watch")

const (
	fileEvents = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CLOSE_WRITE | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
	dirEvents  = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO | unix.IN_MODIFY |
		unix.IN_ATTRIB | unix.IN_CLOSE_WRITE | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_EXCL_UNLINK
)

// Watch follows one path. It is used by one goroutine.
type Watch struct {
	open      Opener
	queue     *queue
	recursive bool
	root      int32
	paths     map[int32]string // watch descriptor to directory
}

// New starts to watch: changes made after it returns are seen.
func New(ctx context.Context, open Opener, name string, recursive bool) (*Watch, error) {
	queue, err := openQueue()
	if err != nil {
		return nil, err
	}
	w := &Watch{open: open, queue: queue, recursive: recursive, paths: map[int32]string{}}
	name = path.Clean(name)
	w.root, err = w.add(name)
	if err == nil && recursive {
		err = w.descend(ctx, name, func(Change) error { return nil })
	}
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return w, nil
}

// Close ends the watch; Run returns.
func (w *Watch) Close() error { return w.queue.Close() }

// add watches one file or directory through a descriptor, so that the kernel's lookup in the
// sandbox is the only one.
func (w *Watch) add(name string) (int32, error) {
	file, err := w.open(name, unix.O_PATH, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	events := uint32(fileEvents)
	if info.IsDir() {
		events = dirEvents
	}
	raw, err := w.queue.inotify.SyscallConn()
	if err != nil {
		return 0, err
	}
	var wd int
	controlErr := raw.Control(func(fd uintptr) {
		wd, err = unix.InotifyAddWatch(int(fd), "/proc/self/fd/"+strconv.Itoa(int(file.Fd())), events)
	})
	if err = errors.Join(controlErr, err); err != nil {
		return 0, err
	}
	w.paths[int32(wd)] = name
	if len(w.paths) > MaxDirs {
		return 0, ErrTooMany
	}
	return int32(wd), nil
}

// descend watches the directories below name, reporting what it finds there as created.
func (w *Watch) descend(ctx context.Context, name string, report func(Change) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	dir, err := w.open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return ignoreVanished(err)
	}
	defer func() { _ = dir.Close() }()
	for {
		entries, err := dir.ReadDir(256)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, entry := range entries {
			child := path.Join(name, entry.Name())
			if err := report(Change{Created, child}); err != nil {
				return err
			}
			if !entry.IsDir() {
				continue
			}
			if _, err := w.add(child); err != nil {
				if ignoreVanished(err) == nil {
					continue
				}
				return err
			}
			if err := w.descend(ctx, child, report); err != nil {
				return err
			}
		}
	}
}

// forget drops the watches at and below a directory that has gone or moved.
func (w *Watch) forget(name string) {
	raw, err := w.queue.inotify.SyscallConn()
	if err != nil {
		return
	}
	for wd, at := range w.paths {
		if wd != w.root && (at == name || strings.HasPrefix(at, name+"/")) {
			delete(w.paths, wd)
			_ = raw.Control(func(fd uintptr) { _, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) })
		}
	}
}

func ignoreVanished(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil
	}
	return err
}
