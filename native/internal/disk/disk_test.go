package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// sparseFile makes a file with data in a few places and holes between.
func sparseFile(t *testing.T, size int64, at ...int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.img")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for _, offset := range at {
		if _, err := file.WriteAt(bytes.Repeat([]byte{0xA5}, 5000), offset); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestEnsureCopiesSparsely(t *testing.T) {
	const size = 1 << 30
	places := []int64{0, 1 << 20, 512<<20 + 77, size - 5000}
	empty := sparseFile(t, size, places...)
	path := filepath.Join(t.TempDir(), "rw", "disk.img")
	if _, err := Ensure(t.Context(), empty, path, 16); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, _ := file.Stat()
	if info.Size() != size || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %d bytes", info.Mode(), info.Size())
	}
	if used := info.Sys().(*syscall.Stat_t).Blocks * 512; used > 1<<20 {
		t.Errorf("%d bytes allocated", used)
	}
	got := make([]byte, 5000)
	for _, offset := range places {
		if _, err := file.ReadAt(got, offset); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{0xA5}, 5000)) {
			t.Errorf("at %d: %v", offset, err)
		}
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
}

func TestEnsureKeepsADisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(t.Context(), filepath.Join(t.TempDir(), "missing"), path, 16); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "mine" {
		t.Fatalf("%q", data)
	}
}

func TestEnsureRemovesAKilledCopy(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".tmp-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(t.Context(), sparseFile(t, 1<<20, 0), filepath.Join(folder, "disk.img"), 16); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(folder)
	if len(entries) != 1 {
		t.Fatalf("left over: %v", entries)
	}
}

func TestEnsureNamesWhatIsWrong(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	folder := t.TempDir()
	for name, c := range map[string]struct {
		empty, path string
		want        failurev1.Code
	}{
		"no asset":    {missing, filepath.Join(folder, "disk.img"), failurev1.Code_CODE_ASSET_MISSING},
		"not a file":  {missing, folder, failurev1.Code_CODE_DISK},
		"not a place": {sparseFile(t, 1<<20, 0), "/dev/null/disk.img", failurev1.Code_CODE_DISK},
		"a device":    {sparseFile(t, 1<<20, 0), "/dev/full", failurev1.Code_CODE_DISK},
	} {
		_, err := Ensure(t.Context(), c.empty, c.path, 16)
		if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if named := failure.Storage(failurev1.Code_CODE_DISK, "p", syscall.ENOSPC); named.Code != failurev1.Code_CODE_NO_SPACE {
		t.Errorf("%v", named)
	}
}
