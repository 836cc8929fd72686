package sandbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

const plain = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// The file systems of every sandbox but proc, in the order they are stacked, below kernelDir at first.
// /dev is ours alone: the kernel's own has the disks and the agent's port.
var kernelFileSystems = []struct {
	kind, target string
	flags        uintptr
	options      string
}{
	{"sysfs", "/sys", plain, ""},
	{"cgroup2", "/sys/fs/cgroup", plain, ""},
	{"tmpfs", "/dev", unix.MS_NOSUID | unix.MS_NOEXEC, "mode=0755,size=64k"},
	{"devpts", "/dev/pts", unix.MS_NOSUID | unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"tmpfs", "/dev/shm", plain, "mode=1777"},
	{"mqueue", "/dev/mqueue", plain, ""},
	{"tmpfs", "/.sandbox", unix.MS_NOSUID | unix.MS_NODEV, "mode=0755,size=8m"},
}

// mountKernelFileSystems answers a descriptor of the sandbox's devpts.
func mountKernelFileSystems() (pts int, err error) {
	for _, fs := range kernelFileSystems {
		target := kernelDir + fs.target
		if err := ensureDir(target); err != nil {
			return -1, err
		}
		if err := unix.Mount(fs.kind, target, fs.kind, fs.flags, fs.options); err != nil {
			return -1, fmt.Errorf("mount %s: %w", fs.target, err)
		}
	}
	return unix.Open(kernelDir+"/dev/pts", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// The trees below kernelDir, each with what is stacked on it.
var kernelTrees = []string{"/proc", "/sys", "/dev", "/.sandbox"}

// MountPoints are the paths at the top of every sandbox's root that hide what is below them.
func MountPoints() []string { return slices.Clone(kernelTrees) }

// attachKernelFileSystems moves the trees into the sandbox's root.
func attachKernelFileSystems() error {
	for _, tree := range kernelTrees {
		if err := makeDir(rootDir + tree); err != nil {
			return err
		}
		if err := unix.Mount(kernelDir+tree, rootDir+tree, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s: %w", tree, err)
		}
	}
	return nil
}

func ensureDir(path string) error {
	if err := unix.Mkdir(path, 0o755); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}

// makeDir makes a mount point. An image, or a program of an earlier start, may have put a symlink
// or a file there: that is an error, it must not lead the mount elsewhere.
func makeDir(path string) error {
	var stat unix.Stat_t
	err := unix.Lstat(path, &stat)
	switch {
	case errors.Is(err, unix.ENOENT):
		return unix.Mkdir(path, 0o755)
	case err != nil:
		return err
	case stat.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fmt.Errorf("%s is not a directory in the image", path[len(rootDir):])
	}
	return nil
}

var devices = []struct {
	name         string
	major, minor uint32
	mode         uint32
}{
	{"null", 1, 3, 0o666},
	{"zero", 1, 5, 0o666},
	{"full", 1, 7, 0o666},
	{"random", 1, 8, 0o666},
	{"urandom", 1, 9, 0o666},
	{"tty", 5, 0, 0o666},
	{"fuse", 10, 229, 0o666},
	{"net/tun", 10, 200, 0o666},
}

var deviceLinks = map[string]string{
	"ptmx":   "pts/ptmx",
	"fd":     "/proc/self/fd",
	"stdin":  "/proc/self/fd/0",
	"stdout": "/proc/self/fd/1",
	"stderr": "/proc/self/fd/2",
}

func makeDevices() error {
	mask := unix.Umask(0) // the thread has its own since it left the agent's CLONE_FS
	defer unix.Umask(mask)
	dev := filepath.Join(kernelDir, "dev")
	if err := unix.Mkdir(dev+"/net", 0o755); err != nil {
		return err
	}
	for _, d := range devices {
		number := int(unix.Mkdev(d.major, d.minor))
		if err := unix.Mknod(dev+"/"+d.name, unix.S_IFCHR|d.mode, number); err != nil {
			return fmt.Errorf("make /dev/%s: %w", d.name, err)
		}
	}
	for name, target := range deviceLinks {
		if err := unix.Symlink(target, dev+"/"+name); err != nil {
			return fmt.Errorf("make /dev/%s: %w", name, err)
		}
	}
	return nil
}
