//go:build linux

package rootfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sandboxfile/native/internal/treetest"
)

// allocated is what a file takes on its file system.
func allocated(t *testing.T, path string) int64 {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil {
		t.Fatal(err)
	}
	return info.Blocks * 512
}

// holed has a page of data at its start, in its middle and at its end.
func holed(size int) []byte {
	content := make([]byte, size)
	for _, at := range []int{0, size / 2, size - blockSize} {
		copy(content[at:], bytes.Repeat([]byte{'x'}, blockSize))
	}
	return content
}

func TestZerosTakeNoSpace(t *testing.T) {
	contents := map[string][]byte{
		"holed": holed(32 << 20), "zero": make([]byte, 32<<20+1), "small": []byte("small"), "page": make([]byte, blockSize),
		"unaligned": append(bytes.Repeat([]byte{'y'}, 100_001), make([]byte, 1<<20)...),
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "image"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	writer := New(file)
	for _, name := range []string{"small", "zero", "unaligned", "page", "holed"} {
		entry := Entry{Path: name, Type: Regular, Mode: 0o644, Contents: Contents{size: int64(len(contents[name]))}}
		if err := addWhole(writer, entry, bytes.NewReader(contents[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if taken := allocated(t, file.Name()); taken > 1<<20 {
		t.Errorf("%d bytes on disk", taken)
	}
	mounted := treetest.Mount(t, file.Name())
	for name, expected := range contents {
		if found, err := os.ReadFile(filepath.Join(mounted, name)); err != nil || !bytes.Equal(found, expected) {
			t.Errorf("%s: %d bytes, %v", name, len(found), err)
		}
	}
}

// What was stored for files that a later layer has replaced.
func TestUnnamedContentsTakeNoSpace(t *testing.T) {
	write := func(unnamed byte) string {
		file, err := os.Create(filepath.Join(t.TempDir(), "image"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		writer := New(file)
		for i, name := range []string{"", "a", "", "", "b", ""} {
			content := bytes.Repeat([]byte{unnamed}, 3<<20+i)
			if name != "" {
				content = []byte(strings.Repeat(name, 5000))
			}
			stored, err := writer.Store(bytes.NewReader(content), int64(len(content)))
			if err == nil && name != "" {
				err = writer.Add(&Entry{Path: name, Type: Regular, Contents: stored})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		return file.Name()
	}
	image := write('u')
	if taken := allocated(t, image); taken > 256<<10 {
		t.Errorf("%d bytes on disk", taken)
	}
	first, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(write('v')); err != nil || !bytes.Equal(first, second) {
		t.Errorf("the image depends on what no entry names: %v", err)
	}
	mounted := treetest.Mount(t, image)
	for _, name := range []string{"a", "b"} {
		if found, err := os.ReadFile(filepath.Join(mounted, name)); err != nil || string(found) != strings.Repeat(name, 5000) {
			t.Errorf("%s: %d bytes, %v", name, len(found), err)
		}
	}
}

type failingReader struct{ error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.error }

func TestFailuresToReadAreToldFromFailuresToWrite(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		content io.Reader
		file    func() (*os.File, error)
		read    bool
	}{
		"reader": {failingReader{broken}, func() (*os.File, error) { return os.Create(filepath.Join(t.TempDir(), "image")) }, true},
		"file":   {bytes.NewReader(bytes.Repeat([]byte{'x'}, 4<<20)), func() (*os.File, error) { return os.OpenFile("/dev/full", os.O_WRONLY, 0) }, false},
	} {
		file, err := test.file()
		if err != nil {
			t.Fatal(err)
		}
		writer := New(file)
		_, err = writer.Store(test.content, 4<<20)
		if _, read := errors.AsType[*ReadError](err); err == nil || read != test.read {
			t.Errorf("%s: %v", name, err)
		}
		if err := writer.Close(); err == nil {
			t.Errorf("%s: the image was completed", name)
		}
		file.Close()
	}
}
