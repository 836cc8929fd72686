//go:build !nojail

package jail

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readRights    = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	executeRights = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE
	writeRights   = readRights | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_IOCTL_DEV | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE
	// fileRights are those that a rule for a file, and not for a folder, may name.
	fileRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
		unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
)

// everybody's are the files of the loader and of the C library, and devices that give nothing away.
var (
	everybodysRead = []string{
		"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib", "/lib", "/lib32", "/lib64", "/nix/store",
		"/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero",
	}
	everybodysWrite = []string{"/dev/null"}
)

// restrictFiles lets the thread see no files but those of the profile.
func (w *walls) restrictFiles() error {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("the kernel has no Landlock: %w", errno)
	}
	attributes := w.restricted(int(version))
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET,
		uintptr(unsafe.Pointer(&attributes)), rulesetBytes(int(version)), 0)
	if errno != 0 {
		return os.NewSyscallError("landlock_create_ruleset", errno)
	}
	defer unix.Close(int(ruleset))
	rules := rules{ruleset: int(ruleset), handled: attributes.Handled_access_fs}
	loader, err := loaderOf(w.cmd.Path)
	if err != nil {
		return err
	}
	read := slices.Concat(everybodysRead, w.profile.Read)
	if os.Geteuid() != 0 || w.attributes().Credential != nil {
		read = append(read, w.profile.Shown...)
	}
	for _, rule := range []struct {
		paths  []string
		rights uint64
	}{
		{[]string{w.cmd.Path, loader}, executeRights},
		{read, readRights},
		{slices.Concat(everybodysWrite, w.profile.Write), writeRights},
	} {
		for _, path := range rule.paths {
			if err := rules.allow(path, rule.rights); err != nil {
				return err
			}
		}
	}
	for _, file := range w.profile.Reopened {
		if err := rules.allowOpen(int(file.Fd()), file.Name(), writeRights); err != nil {
			return err
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return os.NewSyscallError("landlock_restrict_self", errno)
	}
	return nil
}

// restricted is all that this version of Landlock can forbid.
func (w *walls) restricted(version int) unix.LandlockRulesetAttr {
	// Rights that came with versions 1, 2, 3 and 5, by their last bit.
	last := uint64(unix.LANDLOCK_ACCESS_FS_MAKE_SYM)
	switch {
	case version >= 5:
		last = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	case version >= 3:
		last = unix.LANDLOCK_ACCESS_FS_TRUNCATE
	case version >= 2:
		last = unix.LANDLOCK_ACCESS_FS_REFER
	}
	attributes := unix.LandlockRulesetAttr{Handled_access_fs: last<<1 - 1}
	if version >= 4 {
		attributes.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP
		if !w.profile.Network {
			attributes.Handled_access_net |= unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		}
	}
	if version >= 6 {
		attributes.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return attributes
}

// rulesetBytes is how much of the attributes this version knows: older kernels refuse more.
func rulesetBytes(version int) uintptr {
	var attributes unix.LandlockRulesetAttr
	switch {
	case version >= 6:
		return unsafe.Offsetof(attributes.Scoped) + unsafe.Sizeof(attributes.Scoped)
	case version >= 4:
		return unsafe.Offsetof(attributes.Handled_access_net) + unsafe.Sizeof(attributes.Handled_access_net)
	}
	return unsafe.Sizeof(attributes.Handled_access_fs)
}

type rules struct {
	ruleset int
	handled uint64
}

// allow gives rights on a file, or on a folder with all that is in it.
func (r rules) allow(path string, rights uint64) error {
	if path == "" {
		return nil
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	return r.allowOpen(fd, path, rights)
}

func (r rules) allowOpen(fd int, path string, rights uint64) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= fileRights
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights & r.handled, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.ruleset), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return &os.PathError{Op: "landlock_add_rule", Path: path, Err: errno}
	}
	return nil
}

// loaderOf is the program that the kernel starts to load this one; empty: none.
func loaderOf(program string) (string, error) {
	file, err := elf.Open(program)
	if err != nil {
		return "", err
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP || segment.Filesz > unix.PathMax {
			continue
		}
		name := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(name, 0); err != nil {
			return "", err
		}
		return strings.TrimRight(string(name), "\x00"), nil
	}
	return "", nil
}
