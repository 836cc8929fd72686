package imagearchive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// small mounts a file system of that many KiB.
func small(t *testing.T, kibibytes int) string {
	t.Helper()
	path := t.TempDir()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%dk", kibibytes)); err != nil {
		t.Skipf("no small file system to fill: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(path, unix.MNT_DETACH) })
	return path
}

func isNoSpace(err error) bool {
	named, ok := errors.AsType[*failure.Error](err)
	return ok && named.Code == failurev1.Code_CODE_NO_SPACE
}

// A store that is full at any moment of a load has no half image, and the disk's fullness has a name.
func TestLoadOntoAFullDisk(t *testing.T) {
	origin := newLayout(t)
	succeeded := false
	for size := 4; !succeeded; size += 4 {
		if size > 1024 {
			t.Fatal("never enough")
		}
		loader := loaderIn(t, filepath.Join(small(t, size+16), "store"))
		_, err := loader.Load(context.Background(), origin)
		succeeded = err == nil
		if err != nil && !isNoSpace(err) {
			t.Errorf("%d KiB: %v", size, err)
		}
		if _, damaged, err := loader.Store.List(); err != nil || len(damaged) > 0 {
			t.Errorf("%d KiB: %v %v", size, damaged, err)
		}
		if _, err := loader.Store.Prune(context.Background(), 0); err != nil {
			t.Errorf("%d KiB: %v", size, err)
		}
	}
}

// A file that does not fit leaves the old one, and nothing else.
func TestSaveOntoAFullDisk(t *testing.T) {
	loader := newLoader(t)
	loaded := load(t, loader, newLayout(t))
	for _, format := range formats {
		succeeded := false
		for size := 4; !succeeded; size += 4 {
			if size > 1024 {
				t.Fatal("never enough")
			}
			folder := small(t, size)
			err := Save(context.Background(), loader.Store.Blobs(), request(t, loaded, filepath.Join(folder, "saved"), format))
			if succeeded = err == nil; succeeded {
				break
			}
			if !isNoSpace(err) {
				t.Errorf("%s, %d KiB: %v", format, size, err)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("%s, %d KiB: left %v %v", format, size, left, err)
			}
		}
	}
}
