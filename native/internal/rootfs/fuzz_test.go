//go:build linux

package rootfs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// model is what an image has to show: a line for each path.
type model map[string]string

// FuzzImage takes a program of entries, writes what the writer admits of them, and reads the image
// back with a reader that shares nothing with the writer.
func FuzzImage(f *testing.F) {
	f.Add([]byte("dab fbc sde xfg hgh"))
	f.Fuzz(func(t *testing.T, program []byte) { writeAndRead(t, program) })
}

func TestImagesOfSeededPrograms(t *testing.T) {
	const seed, cases = 1, 150
	random := rand.New(rand.NewPCG(seed, 0))
	for range cases {
		program := make([]byte, 4*(1+random.IntN(300)))
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		if writeAndRead(t, program); t.Failed() {
			t.Fatalf("program %q", program)
		}
	}
}

func writeAndRead(t *testing.T, program []byte) {
	t.Helper()
	file := memoryFile(t)
	defer file.Close()
	writer, expected := New(file), model{".": describe(&Entry{Type: Directory, Mode: 0o755})}
	for ; len(program) >= 4; program = program[4:] {
		if err := step(writer, expected, program); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, info.Size())
	if _, err := file.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	found := model{}
	if err := (&reader{data: data}).tree(found); err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(expected)) {
		if found[path] != expected[path] {
			t.Errorf("%q\n found    %s\n expected %s", path, found[path], expected[path])
		}
	}
	if len(found) != len(expected) {
		t.Errorf("%d files, expected %d", len(found), len(expected))
	}
}

func memoryFile(t *testing.T) *os.File {
	t.Helper()
	descriptor, err := unix.MemfdCreate("image", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(descriptor), "image")
}

// step adds one entry in one of the model's folders; four bytes say which.
func step(writer Writer, expected model, program []byte) error {
	var folders, files []string
	for _, path := range slices.Sorted(maps.Keys(expected)) {
		if strings.HasPrefix(expected[path], "folder") {
			folders = append(folders, path)
		} else {
			files = append(files, path)
		}
	}
	number := int(program[1])
	name := fmt.Sprintf("%s%d", strings.Repeat(string(rune('a'+number%26)), 1+number%250), program[2])
	path := strings.TrimPrefix(folders[int(program[3])%len(folders)]+"/"+name, "./")
	if expected[path] != "" {
		return nil
	}
	entry := &Entry{
		Path: path, Type: Type(1 + program[0]%7), Mode: uint16(program[1]) << 4 & 0o7777, UID: uint32(number) << 20, GID: uint32(program[2]),
		ModTime: time.Unix(int64(int8(program[1]))<<30, int64(program[2])),
	}
	if program[0] > 200 {
		entry.Xattrs = map[string]string{"user." + name[:1]: strings.Repeat("v", number), "security.capability": name, "trusted.t": ""}
	}
	switch entry.Type {
	case Regular:
		content := bytes.Repeat(program[1:3], number*int(program[2])/2)
		var err error
		if entry.Contents, err = writer.Store(bytes.NewReader(content), int64(len(content))); err != nil {
			return err
		}
		expected[path] = describe(entry) + fmt.Sprintf(" %x", sum(content))
	case Symlink:
		entry.Link = strings.Repeat("l", 1+number*16)
		expected[path] = describe(entry)
	case Hardlink:
		if len(files) == 0 {
			return nil
		}
		entry.Link = files[number%len(files)]
		expected[path] = expected[entry.Link]
	case CharDevice, BlockDevice:
		entry.Device = Device{Major: uint32(number) << 4, Minor: uint32(number)<<12 | uint32(program[2])}
		expected[path] = describe(entry)
	default:
		expected[path] = describe(entry)
	}
	return writer.Add(entry)
}

func sum(data []byte) []byte {
	total := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	for i, b := range data {
		total[i%8] += b
	}
	return total
}

// describe leaves out the number of links, which is the image's to know.
func describe(e *Entry) string {
	kinds := map[Type]string{Regular: "file", Directory: "folder", Symlink: "link", CharDevice: "c", BlockDevice: "b", Fifo: "pipe"}
	seconds := int64(0)
	if !e.ModTime.IsZero() {
		seconds = e.ModTime.Unix()
	}
	line := fmt.Sprintf("%s %o %d:%d %d", kinds[e.Type], e.Mode, e.UID, e.GID, seconds)
	for _, name := range slices.Sorted(maps.Keys(e.Xattrs)) {
		line += fmt.Sprintf(" %s=%q", name, e.Xattrs[name])
	}
	if e.Type == CharDevice || e.Type == BlockDevice {
		line += fmt.Sprintf(" %d,%d", e.Device.Major, e.Device.Minor)
	}
	if e.Type == Symlink {
		line += " " + e.Link
	}
	return line
}

var errImage = errors.New("not an image")
