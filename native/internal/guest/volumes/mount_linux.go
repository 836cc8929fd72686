// Package volumes mounts folders and files of the host in the sandbox. The kernel asks for them
// through FUSE, a process of its own carries that to the host: see package relay.
package volumes

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/volumewire"
)

// Mount is one folder or file of the host.
type Mount struct {
	Path     string // of its mount point, absolute
	File     bool
	ReadOnly bool
	// Private are folders below, that are the sandbox's own: on its disk, whatever the host has there.
	Private []string
}

// MaxPrivate bounds them, of one mount.
const MaxPrivate = 64

// Sandbox is whose mounts they become.
type Sandbox interface {
	// Attach puts a detached mount onto a file or folder of the sandbox.
	Attach(mount, onto int) error
	// Reach answers a descriptor of the same mount, writable.
	Reach(mount int) (int, error)
	// OwnFolders answers detached mounts of folders of the sandbox's disk, the same ones for the same names
	// at each start, that programs find nowhere else.
	OwnFolders(names []string) ([]int, error)
}

// PointError is a place where nothing of the kind can be mounted: a folder for a file, a file for or above a folder,
// one that cannot be made, as below /sys, or the root, below which the sandbox's programs are.
type PointError struct {
	Path string
	Err  error
}

func (e *PointError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *PointError) Unwrap() error { return e.Err }

// attach makes a mount, and answers the descriptors of the kernel's end and of the mount.
func attach(box Sandbox, files *tree.Tree, mount Mount) (kernel, root int, err error) {
	onto, err := openPoint(files, mount)
	if err != nil {
		return -1, -1, err
	}
	defer func() { _ = onto.Close() }()
	kernel, detached, err := open(mount)
	if err != nil {
		return -1, -1, err
	}
	if err = box.Attach(detached, int(onto.Fd())); err == nil {
		root, err = box.Reach(detached)
	}
	_ = unix.Close(detached)
	if err != nil {
		_ = unix.Close(kernel)
		return -1, -1, err
	}
	return kernel, root, nil
}

// open makes a mount that is nowhere yet, and answers the kernel's end too.
func open(mount Mount) (kernel, detached int, err error) {
	kernel, err = unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("open /dev/fuse: %w", err)
	}
	if detached, err = newMount(kernel, mount); err == nil {
		if err = readAhead(detached); err == nil {
			return kernel, detached, nil
		}
		_ = unix.Close(detached)
	}
	_ = unix.Close(kernel)
	return -1, -1, err
}

func newMount(kernel int, mount Mount) (int, error) {
	fs, err := unix.Fsopen("fuse", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsopen: %w", err)
	}
	defer func() { _ = unix.Close(fs) }()
	rootMode := unix.S_IFDIR
	if mount.File {
		rootMode = unix.S_IFREG
	}
	for _, option := range [][2]string{
		{"source", "host"}, {"fd", strconv.Itoa(kernel)}, {"rootmode", strconv.FormatInt(int64(rootMode), 8)},
		{"user_id", "0"}, {"group_id", "0"}, {"max_read", strconv.Itoa(volumewire.MaxData)},
	} {
		if err := unix.FsconfigSetString(fs, option[0], option[1]); err != nil {
			return -1, fmt.Errorf("option %s: %w", option[0], err)
		}
	}
	for _, flag := range []string{"default_permissions", "allow_other"} {
		if err := unix.FsconfigSetFlag(fs, flag); err != nil {
			return -1, fmt.Errorf("option %s: %w", flag, err)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("create: %w", err)
	}
	attributes := unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	if mount.ReadOnly {
		attributes |= unix.MOUNT_ATTR_RDONLY
	}
	detached, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attributes)
	if err != nil {
		return -1, fmt.Errorf("fsmount: %w", err)
	}
	return detached, nil
}

// readAhead makes the kernel ask for as much at once as one request may read: by itself it asks for an
// eighth of it, and each request is a long way. The mount's attributes are asked of no host, which nobody
// would answer yet.
func readAhead(mount int) error {
	var info unix.Statx_t
	if err := unix.Statx(mount, "", unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &info); err != nil {
		return fmt.Errorf("statx: %w", err)
	}
	file := fmt.Sprintf("/sys/class/bdi/%d:%d/read_ahead_kb", info.Dev_major, info.Dev_minor)
	return os.WriteFile(file, []byte(strconv.Itoa(volumewire.MaxData>>10)), 0)
}

// openPoint opens where the mount goes; what is missing is made.
func openPoint(files *tree.Tree, mount Mount) (*os.File, error) {
	onto, err := mountPoint(files, mount)
	if err != nil {
		return nil, &PointError{mount.Path, err}
	}
	return onto, nil
}

func mountPoint(files *tree.Tree, mount Mount) (*os.File, error) {
	if mount.Path == "/" {
		return nil, unix.EBUSY
	}
	if err := makeFolders(files, path.Dir(mount.Path)); err != nil {
		return nil, err
	}
	if !mount.File {
		if err := makeFolders(files, mount.Path); err != nil {
			return nil, err
		}
		return files.Open(mount.Path, unix.O_PATH|unix.O_DIRECTORY, 0)
	}
	made, err := files.Open(mount.Path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o644)
	if err == nil {
		_ = made.Close()
	} else if !errors.Is(err, unix.EEXIST) {
		return nil, err
	}
	onto, err := files.Open(mount.Path, unix.O_PATH, 0)
	if err != nil {
		return nil, err
	}
	if info, err := onto.Stat(); err != nil || info.IsDir() {
		return nil, errors.Join(err, unix.EISDIR, onto.Close())
	}
	return onto, nil
}

func makeFolders(files *tree.Tree, name string) error {
	for at := 1; at <= len(name); at++ {
		if at == len(name) || name[at] == '/' {
			if err := makeFolder(files, name[:at]); err != nil {
				return fmt.Errorf("%s: %w", name[:at], err)
			}
		}
	}
	return nil
}

func makeFolder(files *tree.Tree, name string) error {
	if name == "/" {
		return nil
	}
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Mkdirat(int(dir.Fd()), base, 0o755); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}
