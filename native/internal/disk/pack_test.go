package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestPackedDiskBecomesTheSameDisk(t *testing.T) {
	const size = 64 << 30
	original := sparseFile(t, size, 0, 1<<20, 5<<30, size-8192)
	packed := filepath.Join(t.TempDir(), "packed")
	pack(t, packed, original)

	for _, empty := range []string{original, packed} {
		if have, err := VirtualSize(empty); err != nil || have != size {
			t.Errorf("virtual size of %s: %d, want %d (%v)", empty, have, int64(size), err)
		}
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	if _, err := Ensure(t.Context(), packed, path, 16); err != nil {
		t.Fatal(err)
	}

	made, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if info, err := made.Stat(); err != nil || info.Size() != size {
		t.Fatalf("size %d, want %d (%v)", info.Size(), int64(size), err)
	}
	for _, at := range []int64{0, 1 << 20, 5 << 30, size - 8192} {
		have, want := make([]byte, 8192), make([]byte, 8192)
		read(t, path, have, at)
		read(t, original, want, at)
		if !bytes.Equal(have, want) {
			t.Errorf("content at %d differs", at)
		}
	}
}

func TestPackedDiskThatIsCutShortIsRefused(t *testing.T) {
	packed := filepath.Join(t.TempDir(), "packed")
	pack(t, packed, sparseFile(t, 1<<30, 4096))
	content, err := os.ReadFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(packed, content[:len(content)-12], 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disk.img")
	if _, err := Ensure(t.Context(), packed, path, 16); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a disk was made of a part")
	}
}

func pack(t *testing.T, target, source string) {
	t.Helper()
	from, err := os.Open(source)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(target)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if err := Pack(to, from); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string, into []byte, at int64) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.ReadAt(into, at); err != nil {
		t.Fatal(err)
	}
}
