//go:build linux

// Package treetest lets tests compare file trees as the kernel shows them.
package treetest

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/treelist"
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

// Describe describes a tree as treelist does.
func Describe(t *testing.T, root string) map[string]string {
	t.Helper()
	found, err := treelist.Describe(root)
	if err != nil {
		t.Fatal(err)
	}
	return found
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
