//go:build linux

package rootfs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/treetest"
)

var someTime = time.Unix(1_700_000_000, 123_456_789)

// sample has every type, and sizes around each boundary of the format.
func sample() []Entry {
	entries := []Entry{
		{Path: ".", Type: Directory, Mode: 0o750, UID: 3, GID: 70_000},
		{Path: "setuid", Type: Regular, Mode: 0o4755, Contents: Contents{size: 10}},
		{Path: "attributes", Type: Regular, Mode: 0o600, Contents: Contents{size: 1}, Xattrs: map[string]string{
			"user.a": "", "user.long": strings.Repeat("v", 3000), "security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
			"trusted.x": "y\x00z",
		}},
		{Path: "sticky", Type: Directory, Mode: 0o1777, Xattrs: map[string]string{"user.dir": "1"}},
		{Path: "null", Type: CharDevice, Mode: 0o666, Device: Device{1, 3}},
		{Path: "disk", Type: BlockDevice, Mode: 0o660, Device: Device{259, 70_000}},
		{Path: "pipe", Type: Fifo, Mode: 0o644},
		{Path: "not-utf8-\xff\xfe", Type: Regular, Mode: 0o644, Contents: Contents{size: 3}},
		{Path: strings.Repeat("n", 255), Type: Regular, Mode: 0o644},
		{Path: "many", Type: Directory, Mode: 0o755},
		{Path: "hard-to-link", Type: Symlink, Mode: 0o777, Link: "nowhere"},
	}
	for _, size := range []int64{0, 1, 4095, 4096, 4097, 1 << 20} {
		entries = append(entries, Entry{Path: fmt.Sprintf("file-%d", size), Type: Regular, Mode: 0o644, Contents: Contents{size: size}})
	}
	for _, length := range []int{1, 60, 2048, 2049, 4095} {
		entries = append(entries, Entry{Path: fmt.Sprintf("link-%d", length), Type: Symlink, Mode: 0o777, Link: strings.Repeat("l", length)})
	}
	for i := range 600 {
		entries = append(entries, Entry{Path: fmt.Sprintf("many/%d", i), Type: Directory, Mode: 0o700})
	}
	entries = append(entries,
		Entry{Path: "second-name", Type: Hardlink, Link: "file-4097"},
		Entry{Path: "many/7/third-name", Type: Hardlink, Link: "second-name"},
		Entry{Path: "link-to-link", Type: Hardlink, Link: "hard-to-link"})
	for i := range entries {
		if entries[i].Type != Hardlink {
			entries[i].ModTime = someTime.Add(time.Duration(i))
		}
	}
	return entries
}

func contentOf(entry *Entry) io.Reader {
	return bytes.NewReader(bytes.Repeat([]byte(entry.Path[:1]), int(entry.Contents.size)))
}

// addWhole stores as many bytes as the entry says and names them.
func addWhole(writer Writer, entry Entry, content io.Reader) error {
	var err error
	if entry.Contents, err = writer.Store(content, entry.Contents.size); err != nil {
		return err
	}
	return writer.Add(&entry)
}

func writeImage(t *testing.T, entries []Entry) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "image"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	writer := New(file)
	for i := range entries {
		if err := addWhole(writer, entries[i], contentOf(&entries[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func TestKernelShowsWhatWasWritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("devices and owners need root")
	}
	expected := t.TempDir()
	for _, entry := range sample() {
		create(t, expected, &entry)
	}
	for _, entry := range sample() { // children have changed their folders' times
		if entry.Type != Hardlink {
			setTime(t, filepath.Join(expected, entry.Path), entry.ModTime)
		}
	}
	mounted := treetest.Mount(t, writeImage(t, sample()))
	treetest.Compare(t, treetest.Describe(t, mounted), treetest.Describe(t, expected))
}

func create(t *testing.T, root string, entry *Entry) {
	t.Helper()
	path := filepath.Join(root, entry.Path)
	device := int(unix.Mkdev(entry.Device.Major, entry.Device.Minor))
	var err error
	switch entry.Type {
	case Regular:
		content, _ := io.ReadAll(contentOf(entry))
		err = os.WriteFile(path, content, 0o600)
	case Directory:
		err = os.MkdirAll(path, 0o700)
	case Symlink:
		err = os.Symlink(entry.Link, path)
	case Hardlink:
		if err := os.Link(filepath.Join(root, entry.Link), path); err != nil {
			t.Fatal(err)
		}
		return
	case CharDevice:
		err = unix.Mknod(path, unix.S_IFCHR, device)
	case BlockDevice:
		err = unix.Mknod(path, unix.S_IFBLK, device)
	case Fifo:
		err = unix.Mkfifo(path, 0o600)
	}
	if err == nil {
		err = os.Lchown(path, int(entry.UID), int(entry.GID))
	}
	if err == nil && entry.Type != Symlink {
		err = unix.Chmod(path, uint32(entry.Mode))
	}
	for name, value := range entry.Xattrs {
		if err == nil {
			err = unix.Setxattr(path, name, []byte(value), 0)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", entry.Path, err)
	}
}

func setTime(t *testing.T, path string, at time.Time) {
	t.Helper()
	times := []unix.Timespec{unix.NsecToTimespec(at.UnixNano()), unix.NsecToTimespec(at.UnixNano())}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		t.Fatal(err)
	}
}

func TestFsckFindsNothing(t *testing.T) {
	fsck, err := exec.LookPath("fsck.erofs")
	if err != nil {
		t.Skip("fsck.erofs is not installed (erofs-utils)")
	}
	for name, entries := range map[string][]Entry{"sample": sample(), "empty": nil} {
		if output, err := exec.Command(fsck, writeImage(t, entries)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, output)
		}
	}
}

func TestSameEntriesSameBytes(t *testing.T) {
	first, err := os.ReadFile(writeImage(t, sample()))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(writeImage(t, sample()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two images of the same entries differ")
	}
}

func TestEntriesThatCannotBe(t *testing.T) {
	for name, entry := range map[string]Entry{
		"no parent":         {Path: "a/b", Type: Regular},
		"parent is a file":  {Path: "file/b", Type: Regular},
		"taken":             {Path: "file", Type: Directory},
		"dots":              {Path: "..", Type: Directory},
		"empty":             {Path: "", Type: Directory},
		"NUL":               {Path: "a\x00b", Type: Regular},
		"long name":         {Path: strings.Repeat("n", 256), Type: Regular},
		"link to nothing":   {Path: "l", Type: Hardlink, Link: "nothing"},
		"link to directory": {Path: "l", Type: Hardlink, Link: "dir"},
		"short content":     {Path: "short", Type: Regular, Contents: Contents{size: 5}},
		"root is a file":    {Path: ".", Type: Regular},
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "image"))
		if err != nil {
			t.Fatal(err)
		}
		writer := New(file)
		for _, entry := range []Entry{{Path: "file", Type: Regular}, {Path: "dir", Type: Directory}} {
			if err := addWhole(writer, entry, strings.NewReader("")); err != nil {
				t.Fatal(err)
			}
		}
		if err := addWhole(writer, entry, strings.NewReader("")); err == nil {
			t.Errorf("%s: taken", name)
		}
		if err := writer.Close(); err == nil {
			t.Errorf("%s: the image was completed", name)
		}
		file.Close()
	}
}
