package files

import (
	"context"
	"crypto/rand"
	"errors"
	"os"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

// Write replaces, makes or extends a file. A replaced file is the old one or the new one at every
// moment, whatever breaks off.
func (s *Service) Write(ctx context.Context, stream *connect.ClientStream[agentv1.WriteRequest]) (*agentv1.WriteResponse, error) {
	if !stream.Receive() {
		return nil, connect.NewError(connect.CodeInvalidArgument, errors.New("the first message must be a header"))
	}
	header := stream.Msg().GetHeader()
	response := &agentv1.WriteResponse{}
	err := s.use(ctx, header.GetPath(), func(_ context.Context, files *tree.Tree, name string) error {
		target, err := openTarget(files, name, header)
		if err != nil {
			return err
		}
		defer target.discard()
		for stream.Receive() {
			data, ok := stream.Msg().GetKind().(*agentv1.WriteRequest_Data)
			if !ok || len(data.Data) > link.MaxDataBytes {
				return fault.New(connect.CodeInvalidArgument, failurev1.Code_CODE_FILE, name, errors.New("data messages of at most 256 KiB must follow the header"))
			}
			if _, err := target.file.Write(data.Data); err != nil {
				return err
			}
		}
		if err := stream.Err(); err != nil {
			return err
		}
		if err := target.commit(); err != nil {
			return err
		}
		response.Info, err = describe(target.file, name)
		return err
	})
	return response, err
}

// target is a file being written: the file itself, or one that takes its place in the end.
type target struct {
	file *os.File
	dir  *os.File
	base string
	temp string // name in dir until commit; empty: written in place
	// Without overwrite, a file that appears meanwhile must not be replaced either.
	exclusive bool
}

func openTarget(files *tree.Tree, name string, header *agentv1.WriteHeader) (*target, error) {
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return nil, err
	}
	t := &target{dir: dir, base: base, exclusive: !header.GetOverwrite() && !header.GetAppend()}
	if err := t.open(files, name, header); err != nil {
		_ = dir.Close()
		return nil, err
	}
	return t, nil
}

func (t *target) open(files *tree.Tree, name string, header *agentv1.WriteHeader) error {
	mode := header.GetMode() & 0o7777
	if mode == 0 {
		mode = 0o644
	}
	var old unix.Stat_t
	err := unix.Fstatat(int(t.dir.Fd()), t.base, &old, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		if !header.GetCreate() {
			return unix.ENOENT
		}
		return t.createTemp(mode, -1, -1)
	case err != nil:
		return err
	case old.Mode&unix.S_IFMT == unix.S_IFDIR:
		return unix.EISDIR
	case t.exclusive:
		return unix.EEXIST
	case header.GetAppend():
		return t.inPlace(files, name, unix.O_APPEND)
	case old.Mode&unix.S_IFMT == unix.S_IFREG && old.Nlink == 1:
		return t.createTemp(old.Mode&0o7777, int(old.Uid), int(old.Gid))
	}
	// Symlinks, and files with several names, keep what they are.
	return t.inPlace(files, name, unix.O_TRUNC)
}

func (t *target) inPlace(files *tree.Tree, name string, flags int) error {
	// Opened without O_TRUNC: a device or FIFO is refused before anything happens to it.
	file, err := files.Open(name, unix.O_WRONLY|flags&unix.O_APPEND, 0)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = unix.EINVAL
	}
	if err == nil && flags&unix.O_TRUNC != 0 {
		err = file.Truncate(0)
	}
	if err != nil {
		_ = file.Close()
		return err
	}
	t.file = file
	return nil
}

func (t *target) createTemp(mode uint32, uid, gid int) error {
	temp := ".write-" + rand.Text()
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(int(t.dir.Fd()), temp, flags, 0o600)
	if err != nil {
		return err
	}
	t.file, t.temp = os.NewFile(uintptr(fd), temp), temp
	err = unix.Fchown(fd, uid, gid)
	if err == nil {
		err = unix.Fchmod(fd, mode)
	}
	if err != nil {
		t.discard()
	}
	return err
}

// commit makes the file durable under its name.
func (t *target) commit() error {
	if err := t.file.Sync(); err != nil {
		return err
	}
	if t.temp == "" {
		return nil
	}
	var flags uint
	if t.exclusive {
		flags = unix.RENAME_NOREPLACE
	}
	fd := int(t.dir.Fd())
	if err := unix.Renameat2(fd, t.temp, fd, t.base, flags); err != nil {
		return err
	}
	t.temp = ""
	return t.dir.Sync()
}

// discard lets go of everything; what was not committed is gone.
func (t *target) discard() {
	if t.temp != "" {
		_ = unix.Unlinkat(int(t.dir.Fd()), t.temp, 0)
	}
	_ = t.file.Close()
	_ = t.dir.Close()
}
