// Package tree opens paths of the sandbox from outside it. The kernel resolves every step below the
// sandbox's root: no symlink, "..", or race of programs leads out, and absolute symlinks mean what
// they mean to programs.
package tree

import (
	"context"
	"errors"
	"os"
	"path"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// A rename that races with a resolution makes the kernel give up with EAGAIN.
const maxRaces = 64

// Tree is the sandbox's file tree. Operations hold it open through Use.
type Tree struct {
	root   int
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	users  sync.WaitGroup
}

// ErrClosed is the answer to operations on a tree whose sandbox ends.
var ErrClosed = errors.New("the sandbox is ending")

// New makes the tree below root, a descriptor that stays the caller's.
func New(root int) *Tree {
	ctx, cancel := context.WithCancel(context.Background())
	return &Tree{root: root, ctx: ctx, cancel: cancel}
}

// Use runs one operation. Its context ends with ctx or with the tree; when it returns, it must have
// closed what it opened.
func (t *Tree) Use(ctx context.Context, operation func(context.Context) error) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return ErrClosed
	}
	t.users.Add(1)
	t.mu.Unlock()
	defer t.users.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(t.ctx, cancel)
	defer stop()
	return operation(ctx)
}

// Close ends all operations. The channel closes when the last one has let go of the tree.
func (t *Tree) Close() <-chan struct{} {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	done := make(chan struct{})
	go func() {
		t.users.Wait()
		close(done)
	}()
	return done
}

// Open opens an absolute path. It never waits for the other end of a FIFO.
func (t *Tree) Open(name string, flags int, mode uint32) (*os.File, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	if flags&unix.O_PATH == 0 {
		how.Flags |= unix.O_NONBLOCK | unix.O_NOCTTY
	}
	if flags&unix.O_CREAT != 0 {
		how.Mode = uint64(mode)
	}
	for range maxRaces {
		fd, err := unix.Openat2(t.root, name, &how)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), name), nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return nil, err
		}
	}
	return nil, unix.EAGAIN
}

// OpenParent opens the directory that holds the last segment of name, and answers that segment.
func (t *Tree) OpenParent(name string) (dir *os.File, base string, err error) {
	trimmed := strings.TrimRight(name, "/")
	folder, base := path.Split(trimmed)
	if base == "" || base == "." || base == ".." {
		return nil, "", unix.EINVAL
	}
	dir, err = t.Open(folder, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	return dir, base, err
}

// ReadSmall reads a regular file of at most limit bytes.
func (t *Tree) ReadSmall(name string, limit int) ([]byte, error) {
	file, err := t.Open(name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, unix.EINVAL
	}
	if info.Size() > int64(limit) {
		return nil, unix.EFBIG
	}
	content := make([]byte, info.Size())
	n, err := file.ReadAt(content, 0)
	if n == len(content) {
		err = nil
	}
	return content[:n], err
}

// Statfs describes the file system that holds the sandbox's changes.
func (t *Tree) Statfs() (unix.Statfs_t, error) {
	var stat unix.Statfs_t
	err := unix.Fstatfs(t.root, &stat)
	return stat, err
}

// CheckPath tells whether a path from the wire can be used.
func CheckPath(name []byte, limit int) error {
	switch {
	case len(name) > limit:
		return unix.ENAMETOOLONG
	case len(name) == 0 || name[0] != '/' || strings.IndexByte(string(name), 0) >= 0:
		return unix.EINVAL
	}
	return nil
}
