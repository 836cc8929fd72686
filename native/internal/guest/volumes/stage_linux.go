package volumes

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/relay"
	"sandboxfile/native/internal/guest/tree"
)

// Ready is how many mounts wait for a sandbox's volumes in a guest that is copied. To make one is a device, a directory in
// sysfs and an exchange with the relay, and most of what a volume adds to the start of each copy. All that a mount
// knows by itself is that its root is a folder.
const Ready = 4

// stageFolder is in the agent's own /dev; programs have another one.
const stageFolder = "/dev/volumes"

// stage makes mounts and has the process carry them. The sandbox prepared so far does not see them.
func (r *Relay) stage(count int) (err error) {
	if count == 0 {
		return nil
	}
	if err := os.Mkdir(stageFolder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	var made []relay.Mount
	defer func() {
		for _, mount := range made {
			err = errors.Join(err, unix.Close(mount.Kernel))
		}
	}()
	for number := range count {
		kernel, root, err := stageOne(stagePlace(number))
		if err != nil {
			return err
		}
		r.staged = append(r.staged, root)
		made = append(made, relay.Mount{Number: number, Kernel: kernel, Root: root})
	}
	if err := relay.Give(r.socket, made); err != nil {
		return err
	}
	return relay.AwaitReady(r.socket)
}

func stageOne(place string) (kernel, root int, err error) {
	if err := os.Mkdir(place, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return -1, -1, err
	}
	kernel, root, err = open(Mount{})
	if err != nil {
		return -1, -1, err
	}
	// Only what is attached can be copied.
	if err := unix.MoveMount(root, "", unix.AT_FDCWD, place, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return -1, -1, errors.Join(fmt.Errorf("attach: %w", err), unix.Close(kernel), unix.Close(root))
	}
	return kernel, root, nil
}

func (r *Relay) unstage() (err error) {
	for number, root := range r.staged {
		err = errors.Join(err, unix.Close(root), unix.Unmount(stagePlace(number), unix.MNT_DETACH))
	}
	r.staged = nil
	return err
}

func stagePlace(number int) string { return stageFolder + "/" + strconv.Itoa(number) }

// attachStaged gives the sandbox a copy: the staged mount itself stays writable.
func attachStaged(box Sandbox, files *tree.Tree, mount Mount, staged int) error {
	onto, err := openPoint(files, mount)
	if err != nil {
		return err
	}
	defer func() { _ = onto.Close() }()
	way, err := unix.OpenTree(staged, "", unix.AT_EMPTY_PATH|unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("copy a mount: %w", err)
	}
	defer func() { _ = unix.Close(way) }()
	if mount.ReadOnly {
		if err := unix.MountSetattr(way, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("make it read-only: %w", err)
		}
	}
	return box.Attach(way, int(onto.Fd()))
}
