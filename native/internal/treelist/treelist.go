//go:build linux

// Package treelist describes file trees as the kernel shows them, so that two can be compared.
package treelist

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Describe gives one line for each file below a folder, and for the folder itself: everything
// about it that an image has to keep. Other file systems that are mounted below are left out.
func Describe(root string) (map[string]string, error) {
	list := &lister{root: root, found: make(map[string]string), first: make(map[identity]string)}
	return list.found, filepath.WalkDir(root, list.visit)
}

type lister struct {
	root   string
	device uint64
	found  map[string]string
	first  map[identity]string // names of one file
}

type identity struct{ device, inode uint64 }

func (l *lister) visit(path string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	info, err := entry.Info()
	if err != nil {
		return err
	}
	name, err := filepath.Rel(l.root, path)
	if err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	// In an overlay only folders are known to have its own device.
	if name == "." {
		l.device = stat.Dev
	} else if info.IsDir() && stat.Dev != l.device {
		return fs.SkipDir
	}
	line := fmt.Sprintf("%o %d:%d %d", stat.Mode, stat.Uid, stat.Gid, info.ModTime().UnixNano())
	content, err := contentOf(path, info, stat)
	if err != nil {
		return err
	}
	line += content
	if !info.IsDir() {
		file := identity{stat.Dev, stat.Ino}
		if _, linked := l.first[file]; !linked {
			l.first[file] = name
		}
		line += fmt.Sprintf(" links %d first %q", stat.Nlink, l.first[file])
	}
	attributes, err := attributesOf(path)
	l.found[name] = line + attributes
	return err
}

func contentOf(path string, info fs.FileInfo, stat *syscall.Stat_t) (string, error) {
	switch {
	case info.Mode().IsRegular():
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer file.Close()
		sum := sha256.New()
		size, err := io.Copy(sum, file)
		return fmt.Sprintf(" %d %x", size, sum.Sum(nil)), err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		return fmt.Sprintf(" -> %q", target), err
	case info.Mode()&fs.ModeDevice != 0:
		return fmt.Sprintf(" %d,%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev)), nil
	default:
		return "", nil
	}
}

func attributesOf(path string) (string, error) {
	list := make([]byte, 1<<16)
	size, err := unix.Llistxattr(path, list)
	if errors.Is(err, unix.ENOTSUP) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("attributes of %q: %w", path, err)
	}
	names := strings.Split(string(list[:size]), "\x00")
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		if name == "" {
			continue
		}
		value := make([]byte, 1<<16)
		size, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return "", fmt.Errorf("%s of %q: %w", name, path, err)
		}
		fmt.Fprintf(&all, " %s=%x", name, value[:size])
	}
	return all.String(), nil
}
