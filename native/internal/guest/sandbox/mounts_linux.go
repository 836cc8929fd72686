package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// The workspace is a tmpfs over the agent disk's /mnt, seen by nobody after enterRoot.
const (
	workspace = "/mnt"
	imageDir  = workspace + "/image"
	diskDir   = workspace + "/disk"
	rootDir   = workspace + "/root"
	kernelDir = workspace + "/kernel" // the kernel's file systems, until there is a root to carry them
)

func makeWorkspace() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("workspace", workspace, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0700,size=1m"); err != nil {
		return err
	}
	for _, dir := range []string{imageDir, diskDir, rootDir, kernelDir} {
		if err := unix.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// mountImage mounts the image's disk, or the mount of it that an earlier sandbox has kept.
func (s *Sandbox) mountImage() error {
	if s.kept >= 0 {
		err := unix.MoveMount(s.kept, "", unix.AT_FDCWD, imageDir, unix.MOVE_MOUNT_F_EMPTY_PATH)
		err = errors.Join(err, unix.Close(s.kept))
		s.kept = -1
		return err
	}
	device := s.disks.Image
	found, err := probe(device)
	if err != nil {
		return err
	}
	options := ""
	if found.kind == "ext4" {
		options = "noload" // a read-only disk has no journal to replay
	}
	return unix.Mount(device, imageDir, found.kind, unix.MS_RDONLY|unix.MS_NOATIME, options)
}

func mountDisk(device string) error {
	found, err := probe(device)
	if err != nil {
		return err
	}
	// No background work on a disk that is empty for the most part: zeroing inode tables would
	// allocate host space, reading bitmaps ahead would read 64 GiB worth of them at every start.
	const options = "data=ordered,errors=remount-ro,noinit_itable,no_prefetch_block_bitmaps"
	if err := mountDurably(device, options, found.replay); err != nil {
		return err
	}
	for _, dir := range []string{diskDir + "/upper", diskDir + "/work"} {
		if err := unix.Mkdir(dir, 0o755); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
	}
	return nil
}

// mountDurably has the disk flushed at every commit of its journal. What the mount itself would flush is the word,
// in the superblock, that there may be something to replay: it has to be durable before the first commit is, and that
// flushes the disk before it writes its own end. So nobody has to wait for it, unless there was something to
// replay just now.
func mountDurably(device, options string, replay bool) error {
	if replay {
		return unix.Mount(device, diskDir, "ext4", unix.MS_NOATIME, options)
	}
	if err := unix.Mount(device, diskDir, "ext4", unix.MS_NOATIME, options+",nobarrier"); err != nil {
		return err
	}
	if err := unix.Mount("", diskDir, "", unix.MS_REMOUNT|unix.MS_NOATIME, "barrier"); err != nil {
		return fmt.Errorf("have the disk flushed: %w", err)
	}
	return nil
}

func mountOverlay() error {
	const options = "lowerdir=" + imageDir + ",upperdir=" + diskDir + "/upper,workdir=" + diskDir + "/work," +
		"redirect_dir=on,index=off,metacopy=off"
	return unix.Mount("overlay", rootDir, "overlay", 0, options)
}

// openOverlay keeps a way to the overlay's folders, which have no path after enterRoot.
func (s *Sandbox) openOverlay() (err error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC
	if s.upper, err = unix.Open(diskDir+"/upper", flags, 0); err == nil {
		// A mount of its own, which may outlast the sandbox's.
		s.image, err = unix.OpenTree(unix.AT_FDCWD, imageDir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	}
	return err
}

// enterRoot makes the overlay the thread's root and lets go of everything outside it.
func enterRoot() (root int, err error) {
	if err := unix.Chdir(rootDir); err != nil {
		return -1, err
	}
	// With both arguments the same, the old root ends up stacked on the new one.
	if err := unix.PivotRoot(".", "."); err != nil {
		return -1, fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return -1, fmt.Errorf("detach the old root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return -1, err
	}
	return unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// fileSystem is what is on a disk.
type fileSystem struct {
	kind   string
	replay bool // ext4: its journal has to be replayed
}

// probe tells the file system by its superblock. It first drops what the kernel has cached of the
// device, which in a clone belongs to the template's disk.
func probe(device string) (fileSystem, error) {
	file, err := os.Open(device)
	if err != nil {
		return fileSystem{}, err
	}
	defer func() { _ = file.Close() }()
	if err := unix.IoctlSetInt(int(file.Fd()), unix.BLKFLSBUF, 0); err != nil && !errors.Is(err, unix.ENOTTY) {
		return fileSystem{}, fmt.Errorf("drop cached sectors of %s: %w", device, err)
	}
	const (
		superblock    = 1024 // of both file systems
		ext4Magic     = 0xEF53
		erofsMagic    = 0xE0F5E1E2
		needsRecovery = 0x4 // of ext4's incompatible features
	)
	// Reading ahead could reach beyond the image's end: in a clone the device is as large as the
	// template's was.
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_RANDOM); err != nil {
		return fileSystem{}, err
	}
	head := make([]byte, 128)
	if _, err := file.ReadAt(head, superblock); err != nil && !errors.Is(err, io.EOF) {
		return fileSystem{}, fmt.Errorf("read the superblock of %s: %w", device, err)
	}
	switch {
	case binary.LittleEndian.Uint32(head) == erofsMagic:
		return fileSystem{kind: "erofs"}, nil
	case binary.LittleEndian.Uint16(head[0x38:]) == ext4Magic:
		return fileSystem{"ext4", binary.LittleEndian.Uint32(head[0x60:])&needsRecovery != 0}, nil
	}
	return fileSystem{}, fmt.Errorf("%s holds neither ext4 nor EROFS", device)
}
