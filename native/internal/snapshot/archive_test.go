package snapshot

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

const (
	diskSize  = 64 << 20
	memoryMiB = 64
)

// host is a user on a machine, with files where the VMM, the kernel, the agent and an image would be.
type host struct {
	*testing.T
	folder string
	key    Key
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{T: t, folder: t.TempDir()}
	for _, name := range []string{"qemu", "kernel", "agent", "images/" + image + "/root.erofs"} {
		path := filepath.Join(h.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if h.key, err = UserKey(h.folder); err != nil {
		t.Fatal(err)
	}
	return h
}

var image = strings.Repeat("ab", 32)

func (h *host) path(name string) string { return filepath.Join(h.folder, name) }

func (h *host) machine() *Machine {
	h.Helper()
	m, err := MachineOf(qemu.Config{
		Program: h.path("qemu"), Kernel: h.path("kernel"), AgentDisk: h.path("agent"),
		RootDisk: h.path("images/" + image + "/root.erofs"), CPUs: 1, MemoryMiB: memoryMiB, ClockKHz: 2_000_000,
	}, diskSize)
	if err != nil {
		h.Fatal(err)
	}
	return m
}

// snapshot makes one as a supervisor does, of a memory and a disk that are random in places.
func (h *host) snapshot(name string, memory bool) string {
	h.Helper()
	target := filepath.Join(h.folder, "kept", name)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		h.Fatal(err)
	}
	base := filepath.Join(h.folder, "rw", "disk.img")
	if _, err := os.Stat(base); err != nil {
		if err := os.Mkdir(filepath.Dir(base), 0o700); err != nil {
			h.Fatal(err)
		}
		scatter(h.T, base, diskSize, 0, 5<<20, diskSize-4096)
	}
	draft, err := Begin(target)
	if err != nil {
		h.Fatal(err)
	}
	defer draft.Discard()
	info := &machinev1.SnapshotInfo{
		Sandbox: "Sandboxfile/box", MemoryMib: memoryMiB, Cpus: 1, DiskOnly: !memory, Description: "one",
		RootDisk: h.path("images/" + image + "/root.erofs"),
	}
	machine := h.machine()
	if memory {
		if err := draft.put(template.StateName, []byte("devices")); err != nil {
			h.Fatal(err)
		}
		scatter(h.T, filepath.Join(draft.folder, template.RAMName), memoryMiB<<20, 4096, 3<<20+8192)
		draft.rest = func(context.Context) error { return nil }
	}
	if err := errors.Join(draft.Complete(h.Context(), machine, disk.Single(base)), draft.Keep(), draft.Publish(info, h.key)); err != nil {
		h.Fatal(err)
	}
	return target
}

func scatter(t *testing.T, path string, size int64, places ...int64) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for _, at := range places {
		_, _ = rand.Read(block)
		if _, err := file.WriteAt(block, at); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *host) export(folder string) string {
	h.Helper()
	from, err := Open(folder, h.key)
	if err != nil {
		h.Fatal(err)
	}
	path := filepath.Join(h.TempDir(), "exported")
	var done, total int64
	if err := from.Export(h.Context(), path, h.key, func(d, t int64) { done, total = d, t }); err != nil {
		h.Fatal(err)
	}
	if done == 0 || done != total {
		h.Errorf("progress ends at %d of %d", done, total)
	}
	return path
}

// imported reads the archive as name; change may loosen what is asked of it.
func (h *host) imported(path, name string, change func(*Import)) (string, error) {
	h.Helper()
	file, err := os.Open(path)
	if err != nil {
		h.Fatal(err)
	}
	defer file.Close()
	from := &Import{
		Source: file, Images: h.path("images"), DiskSize: diskSize, Key: h.key, Progress: func(int64, int64) {},
		Host: func(string, *machinev1.SnapshotInfo) (*Machine, error) { return h.machine(), nil },
	}
	if change != nil {
		change(from)
	}
	target := filepath.Join(h.folder, "kept", name)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		h.Fatal(err)
	}
	_, err = from.To(h.Context(), target)
	return target, err
}

func (h *host) usable(folder string, memory bool) {
	h.Helper()
	s, err := Open(folder, h.key)
	if err != nil {
		h.Fatal(err)
	}
	opened, err := s.OpenMemory(h.machine())
	if (err == nil) != memory {
		h.Fatalf("its memory: %v", err)
	}
	if memory {
		opened.Close()
	}
}

func same(t *testing.T, one, other string) {
	t.Helper()
	a, err := os.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := os.Open(other)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	left, right := make([]byte, 4<<20), make([]byte, 4<<20)
	for {
		n, err := io.ReadFull(a, left)
		m, _ := io.ReadFull(b, right)
		if n != m || !bytes.Equal(left[:n], right[:m]) {
			t.Fatalf("%s and %s differ", one, other)
		}
		if err != nil {
			return
		}
	}
}

func TestExportedAndImported(t *testing.T) {
	h := newHost(t)
	for name, memory := range map[string]bool{"whole": true, "disk": false} {
		folder := h.snapshot(name, memory)
		path := h.export(folder)
		target, err := h.imported(path, name+"-2", nil)
		if err != nil {
			t.Fatal(err)
		}
		h.usable(target, memory)
		if memory {
			same(t, filepath.Join(folder, template.RAMName), filepath.Join(target, template.RAMName))
		}
		same(t, layers(t, folder)[0], layers(t, target)[0])
		if _, err := h.imported(path, name+"-2", nil); !errors.Is(err, os.ErrExist) {
			t.Errorf("the name is taken: %v", err)
		}
	}
}

func layers(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "layer-*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	return found
}

func TestArchivesOfOthers(t *testing.T) {
	h, stranger := newHost(t), newHost(t)
	path := h.export(h.snapshot("one", true))
	if _, err := stranger.imported(path, "one", nil); !errors.Is(err, ErrForeign) {
		t.Errorf("without trust: %v", err)
	}
	target, err := stranger.imported(path, "disk", func(i *Import) { i.DiskOnly = true })
	if err != nil {
		t.Fatal(err)
	}
	stranger.usable(target, false)
	if target, err = stranger.imported(path, "one", func(i *Import) { i.Trust = true }); err != nil {
		t.Fatal(err)
	}
	stranger.usable(target, true) // everything that it needs has the same content there
	// Snapshots that came with a project, not by import, are not this user's.
	if _, err := Open(filepath.Join(h.folder, "kept", "one"), stranger.key); err == nil {
		t.Error("a stranger's folder is opened")
	}
	// Another kernel: the disk can still be used.
	if err := os.WriteFile(stranger.path("kernel"), []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if target, err = stranger.imported(path, "two", func(i *Import) { i.Trust = true }); err != nil {
		t.Fatal(err)
	}
	s, err := Open(target, stranger.key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenMemory(stranger.machine()); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "kernel") {
		t.Errorf("another kernel: %v", err)
	}
	if err := os.RemoveAll(stranger.path("images")); err != nil {
		t.Fatal(err)
	}
	var missing *MissingImageError
	if _, err := stranger.imported(path, "three", func(i *Import) { i.Trust = true }); !errors.As(err, &missing) {
		t.Errorf("without the image: %v", err)
	}
}

func TestCancelledImportLeavesNothing(t *testing.T) {
	h := newHost(t)
	path := h.export(h.snapshot("one", true))
	ctx, cancel := context.WithCancel(t.Context())
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	from := &Import{
		Source: file, Images: h.path("images"), DiskSize: diskSize, Key: h.key, Progress: func(int64, int64) { cancel() },
		Host: func(string, *machinev1.SnapshotInfo) (*Machine, error) { return h.machine(), nil },
	}
	if _, err := from.To(ctx, filepath.Join(h.folder, "kept", "two")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled import: %v", err)
	}
	onlyKept(t, h, "one")
	s, err := Open(filepath.Join(h.folder, "kept", "one"), h.key)
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "exported")
	if err := s.Export(ctx, target, h.key, func(int64, int64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled export: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(target)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// onlyKept: no drafts.
func onlyKept(t *testing.T, h *host, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.folder, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			t.Errorf("left: %s", entry.Name())
		}
	}
}

// entries are an archive's, to be changed.
type entries []entry

type entry struct {
	tar.Header
	data []byte
}

func unpackArchive(t *testing.T, path string) (all entries) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decompressor, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer decompressor.Close()
	reader := tar.NewReader(decompressor)
	for {
		next, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{*next, data})
	}
}

func (all entries) pack(t *testing.T) string {
	t.Helper()
	var packed bytes.Buffer
	compressor, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	writer := tar.NewWriter(compressor)
	for _, each := range all {
		about := each.Header
		if about.Typeflag == tar.TypeReg {
			about.Size = int64(len(each.data))
		}
		if err := writer.WriteHeader(&about); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write(each.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), compressor.Close()); err != nil {
		t.Fatal(err)
	}
	return store(t, packed.Bytes())
}

func store(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
