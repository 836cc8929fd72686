package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// The disk's folder for what is the sandbox's own besides its changes of the image, by a hash of where it
// goes: programs write what is in such a folder, and none is in another's.
const ownDir = "/own"

const detachedCopy = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC

// openDisk keeps a copy of the disk's mount, to which no path will lead.
func (s *Sandbox) openDisk() (err error) {
	s.disk, err = unix.OpenTree(unix.AT_FDCWD, diskDir, detachedCopy)
	return err
}

// OwnFolders answers detached mounts of folders of the sandbox's disk, the same ones for the same names at
// each start, that programs find nowhere else. It is called once.
func (s *Sandbox) OwnFolders(names []string) (mounts []int, err error) {
	s.launcher.do(func() {
		// The kernel copies a part of a mount only where that is attached.
		const stage = "/.sandbox/.disk"
		if err = ensureDir(stage); err != nil {
			return
		}
		if err = unix.MoveMount(s.disk, "", unix.AT_FDCWD, stage, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
			err = fmt.Errorf("attach the disk: %w", err)
			return
		}
		if err = ensureDir(stage + ownDir); err == nil {
			mounts, err = copyOwn(stage+ownDir, names)
		}
		err = errors.Join(err, unix.Unmount(stage, unix.MNT_DETACH), unix.Rmdir(stage))
	})
	return mounts, err
}

func copyOwn(dir string, names []string) (mounts []int, err error) {
	for _, name := range names {
		hash := sha256.Sum256([]byte(name))
		folder := dir + "/" + hex.EncodeToString(hash[:16])
		mount := -1
		if err = ensureDir(folder); err == nil {
			mount, err = unix.OpenTree(unix.AT_FDCWD, folder, detachedCopy)
		}
		if err != nil {
			for _, made := range mounts {
				_ = unix.Close(made)
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		mounts = append(mounts, mount)
	}
	return mounts, nil
}
