package export

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	overlayPrefix     = "trusted.overlay."
	opaqueAttribute   = overlayPrefix + "opaque"
	redirectAttribute = overlayPrefix + "redirect"
	whiteoutAttribute = overlayPrefix + "whiteout"
	// Linux takes no larger value, and no longer list.
	maxAttribute = 64 << 10
)

// isWhiteout knows both forms: a device, and an empty file with an attribute.
func isWhiteout(dir *os.File, name string, stat *unix.Stat_t) (bool, error) {
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFCHR:
		return stat.Rdev == 0, nil
	case unix.S_IFREG:
		if stat.Size != 0 {
			return false, nil
		}
		_, err := unix.Lgetxattr(pathOf(dir, name), whiteoutAttribute, nil)
		if isAbsent(err) {
			return false, nil
		}
		return err == nil, err
	}
	return false, nil
}

// attribute is empty when there is none.
func attribute(dir *os.File, name, key string) (string, error) {
	value := make([]byte, maxAttribute)
	n, err := unix.Lgetxattr(pathOf(dir, name), key, value)
	if isAbsent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("attribute %s: %w", key, err)
	}
	return string(value[:n]), nil
}

// attributes are a file's as a tar header has them, without those that steer the overlay.
func attributes(dir *os.File, name string) (map[string]string, error) {
	list := make([]byte, maxAttribute)
	n, err := unix.Llistxattr(pathOf(dir, name), list)
	if isAbsent(err) || err == nil && n == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	records := make(map[string]string)
	for key := range strings.SplitSeq(strings.TrimRight(string(list[:n]), "\x00"), "\x00") {
		if strings.HasPrefix(key, overlayPrefix) {
			continue
		}
		value, err := attribute(dir, name, key)
		if err != nil {
			return nil, err
		}
		if value == "" {
			// In a tar header an empty value takes the attribute away.
			continue
		}
		records["SCHILY.xattr."+key] = value
	}
	return records, nil
}

func isAbsent(err error) bool { return errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) }

// pathOf leads to a name in an open directory: attributes have no calls that take a descriptor of a
// symlink or device.
func pathOf(dir *os.File, name string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name)
}

func openFolder(at int, name string) (*os.File, error) {
	fd, err := unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// openBeneath opens a folder of the image by a path that the overlay has recorded.
func openBeneath(image int, path string) (*os.File, error) {
	fd, err := unix.Openat2(image, path, &unix.OpenHow{
		Flags:   unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return nil, fmt.Errorf("the folder of the image that it came from: %w", err)
	}
	return os.NewFile(uintptr(fd), path), nil
}

// openLower is nil if there is no folder of that name.
func openLower(lower *os.File, name string) (*os.File, error) {
	if lower == nil {
		return nil, nil
	}
	found, err := openFolder(int(lower.Fd()), name)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, nil
	}
	return found, err
}

func exists(dir *os.File, name string) bool {
	if dir == nil {
		return false
	}
	var stat unix.Stat_t
	return unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil
}
