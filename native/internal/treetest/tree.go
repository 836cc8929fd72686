//go:build linux

// Package treetest lets tests compare file trees as the kernel shows them.
package treetest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Mount shows an image through the host's kernel until the test ends.
func Mount(t *testing.T, image string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	folder := t.TempDir()
	if output, err := exec.Command("mount", "-t", "erofs", "-o", "loop,ro", image, folder).CombinedOutput(); err != nil {
		if strings.Contains(string(output), "unknown filesystem type") {
			t.Skip("the host's kernel has no EROFS")
		}
		t.Fatalf("mount: %v: %s", err, output)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(folder, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return folder
}

// Describe gives one line for each file: everything about it that an image has to keep.
func Describe(t *testing.T, root string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	first := make(map[uint64]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%o %d:%d %d", stat.Mode, stat.Uid, stat.Gid, info.ModTime().UnixNano())
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d %x", len(content), sha256.Sum256(content))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + target
		case info.Mode()&fs.ModeDevice != 0:
			line += fmt.Sprintf(" %d,%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
		}
		if !info.IsDir() {
			if _, linked := first[stat.Ino]; !linked {
				first[stat.Ino] = name
			}
			line += fmt.Sprintf(" links %d first %s", stat.Nlink, first[stat.Ino])
		}
		found[name] = line + attributes(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func attributes(t *testing.T, path string) string {
	buffer := make([]byte, 1<<16)
	size, err := unix.Llistxattr(path, buffer)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	names := strings.Split(string(buffer[:size]), "\x00")
	slices.Sort(names)
	var all strings.Builder
	for _, name := range names {
		if name == "" {
			continue
		}
		value := make([]byte, 1<<16)
		size, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			t.Fatalf("%s: %s: %v", path, name, err)
		}
		fmt.Fprintf(&all, " %s=%x", name, value[:size])
	}
	return all.String()
}

// Compare reports each difference.
func Compare(t *testing.T, found, expected map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		if found[name] != expected[name] {
			t.Errorf("%q\n found    %s\n expected %s", name, found[name], expected[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, known := expected[name]; !known {
			t.Errorf("%q should not be there: %s", name, found[name])
		}
	}
}
