package imagestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// On a disk that is full at any moment of an import nothing half is there, and removing makes room.
func TestFullDisk(t *testing.T) {
	const pages = 40
	for free := range pages {
		t.Run(fmt.Sprint(free), func(t *testing.T) {
			dir := t.TempDir()
			if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", 4*pages)); err != nil {
				t.Skipf("no small file system to fill: %v", err)
			}
			t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
			store := open(t, filepath.Join(dir, "store"))
			addImage(t, store, []string{"base", "old"}, "old:1")
			if !fill(t, filepath.Join(dir, "fill"), free) {
				return // more than there is even without filling
			}
			_, err := tryAddImage(store, []string{"base", strings.Repeat("x", 4<<10)}, "new:1")
			if named, ok := errors.AsType[*failure.Error](err); err != nil && (!ok || named.Code != failurev1.Code_CODE_NO_SPACE) {
				t.Errorf("no name for a full disk: %v", err)
			}
			if _, damaged, listed := store.List(); listed != nil || len(damaged) > 0 {
				t.Errorf("%v %v", damaged, listed)
			}
			if _, exists := store.Reference("new:1", linux); exists != (err == nil) {
				t.Errorf("the name is there: %v, after %v", exists, err)
			}
			hold, used := Use(context.Background(), store.Lookup(find(t, store, "old:1").Digest).RootDisk, User{Sandbox: "s"})
			if used == nil {
				_, removed := store.Remove(context.Background(), []Target{find(t, store, "old:1")})
				expectCode(t, removed, failurev1.Code_CODE_IMAGE_IN_USE, "")
				used = hold.Release()
			}
			if used != nil {
				t.Errorf("use: %v", used)
			}
			if _, err := store.Remove(context.Background(), []Target{find(t, store, "old:1")}); err != nil {
				t.Errorf("remove: %v", err)
			}
			prune(t, store, 0)
			if left := allFiles(t, store.dir); left != "lock refs/lock" {
				t.Errorf("left %s", left)
			}
		})
	}
}

// fill leaves that many pages free.
func fill(t *testing.T, path string, free int) bool {
	t.Helper()
	var info unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &info); err != nil {
		t.Fatal(err)
	}
	size := (int64(info.Bavail) - int64(free)) * info.Bsize
	if size <= 0 {
		return false
	}
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	return true
}
