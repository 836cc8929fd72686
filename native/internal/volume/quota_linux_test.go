package volume

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

// limited mounts a folder with a quota, and answers what is used of it.
func limited(t *testing.T, limit uint64) (*guest, *Server) {
	t.Helper()
	folder := t.TempDir()
	server, err := Open([]Config{{Host: folder, Quota: limit}})
	if err != nil {
		t.Fatal(err)
	}
	return &guest{t: t, folder: folder, conn: serveOver(t, server)}, server
}

func used(t *testing.T, server *Server, wanted int64, when string) {
	t.Helper()
	if got := server.Growth()[0].Used; got != uint64(wanted) {
		t.Errorf("%s: %d bytes instead of %d", when, got, wanted)
	}
}

func (g *guest) made(name string) uint64 {
	g.t.Helper()
	if err := g.mknod(fuse.RootID, name, unix.S_IFREG|0o644); err != nil {
		g.t.Fatal(err)
	}
	return g.mustLookup(fuse.RootID, name)
}

func (g *guest) unlink(name string) {
	g.t.Helper()
	if _, err := g.ask(fuse.OpUnlink, fuse.RootID, name); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) forget(node uint64) {
	g.t.Helper()
	if _, err := g.conn.Write(request(fuse.OpForget, 0, node, body(uint64(1000)))); err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.ask(fuse.OpGetattr, fuse.RootID, uint64(0), uint64(0)); err != nil {
		g.t.Fatal(err)
	}
}

func TestQuotaCounts(t *testing.T) {
	g, server := limited(t, 1<<20)
	file := g.made("file")
	used(t, server, entryCost, "an empty file")
	if err := g.write(file, strings.Repeat("x", 5000)); err != nil {
		t.Fatal(err)
	}
	used(t, server, entryCost+2*block, "5000 bytes")
	if err := errors.Join(g.write(file, "again"), g.truncate(file, 100_000)); err != nil {
		t.Fatal(err)
	}
	used(t, server, entryCost+25*block, "100000 bytes")
	if err := g.truncate(file, 10); err != nil {
		t.Fatal(err)
	}
	used(t, server, entryCost+block, "cut")
	if _, err := g.ask(fuse.OpLink, fuse.RootID, file, "linked"); err != nil {
		t.Fatal(err)
	}
	g.unlink("file")
	used(t, server, entryCost+block, "by another name")
	if err := g.rename(fuse.RootID, "linked", fuse.RootID, "moved"); err != nil {
		t.Fatal(err)
	}
	used(t, server, entryCost+block, "moved")
	// Programs may have it open: as long as the guest knows it, it takes place.
	g.unlink("moved")
	used(t, server, block, "without a name")
	if err := g.write(file, strings.Repeat("x", 9000)); err != nil {
		t.Fatal(err)
	}
	used(t, server, 3*block, "without a name, longer")
	g.forget(file)
	used(t, server, 0, "forgotten")

	other := g.made("a")
	if err := errors.Join(g.write(other, "x"), g.mknod(fuse.RootID, "b", unix.S_IFREG|0o644), g.rename(fuse.RootID, "b", fuse.RootID, "a")); err != nil {
		t.Fatal(err)
	}
	g.forget(other)
	used(t, server, entryCost, "replaced")
	g.forget(g.mustLookup(fuse.RootID, "a"))
	g.unlink("a")
	if _, err := g.ask(fuse.OpMkdir, fuse.RootID, uint32(0o755), uint32(0), "folder"); err != nil {
		t.Fatal(err)
	}
	used(t, server, folderCost, "a folder")
	if _, err := g.ask(fuse.OpMkdir, fuse.RootID, uint32(0o755), uint32(0), "folder"); !errors.Is(err, unix.EEXIST) {
		t.Error(err)
	}
	used(t, server, folderCost, "a folder that was there")
	if _, err := g.ask(fuse.OpRmdir, fuse.RootID, "folder"); err != nil {
		t.Fatal(err)
	}
	used(t, server, 0, "nothing")
	// What the host had is not the guest's to be given.
	write(t, g.host("of-the-host"), strings.Repeat("x", 100_000))
	g.unlink("of-the-host")
	used(t, server, 0, "of the host's")
}

func TestQuotaIsAnEnd(t *testing.T) {
	const limit = 1 << 20
	g, server := limited(t, limit)
	file := g.made("file")
	if err := g.truncate(file, 2<<20); !errors.Is(err, unix.EDQUOT) {
		t.Errorf("truncate: %v", err)
	}
	if _, err := g.ask(fuse.OpFallocate, file, uint64(0), uint64(0), uint64(2<<20), uint32(0), uint32(0)); !errors.Is(err, unix.EDQUOT) {
		t.Errorf("fallocate: %v", err)
	}
	keep := uint32(unix.FALLOC_FL_KEEP_SIZE)
	if _, err := g.ask(fuse.OpFallocate, file, uint64(0), uint64(0), uint64(4096), keep, uint32(0)); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("place beyond the end: %v", err)
	}
	if err := g.truncate(file, 900_000); err != nil {
		t.Fatal(err)
	}
	copied := g.made("copy")
	if _, err := g.ask(fuse.OpCopyFileRange, file, uint64(0), uint64(0), copied, uint64(0), uint64(0), uint64(1<<30), uint64(0)); !errors.Is(err, unix.EDQUOT) {
		t.Errorf("copy_file_range: %v", err)
	}
	statfs, err := g.ask(fuse.OpStatfs, fuse.RootID)
	if err != nil {
		t.Fatal(err)
	}
	unit := uint64(binary.LittleEndian.Uint32(statfs[48:]))
	total, free := binary.LittleEndian.Uint64(statfs)*unit, binary.LittleEndian.Uint64(statfs[8:])*unit
	if total > limit || free > limit-900_000 {
		t.Errorf("statfs tells of %d bytes, %d free", total, free)
	}
	made := 0
	for ; ; made++ {
		err := g.mknod(fuse.RootID, fmt.Sprint(made), unix.S_IFREG|0o644)
		if errors.Is(err, unix.EDQUOT) {
			break
		}
		if err != nil || made > limit/entryCost {
			t.Fatalf("%d files: %v", made, err)
		}
	}
	if _, err := os.Stat(g.host(fmt.Sprint(made))); err == nil {
		t.Error("the refused file is there")
	}
	if err := g.write(file, "what is there may be changed"); err != nil {
		t.Error(err)
	}
	// A guest that goes on elsewhere goes on counting, without what nobody can open any more.
	g.unlink("file")
	table, err := server.Table()
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open([]Config{{Host: g.folder, Quota: limit}})
	if err == nil {
		err = other.Adopt(table)
	}
	if err != nil {
		t.Fatal(err)
	}
	used(t, other, int64(made+1)*entryCost, "gone on")
}

// Many writers at once never get beyond it together.
func TestQuotaRaces(t *testing.T) {
	const limit, size = 4 << 20, 64 << 10
	g, server := limited(t, limit)
	text := strings.Repeat("x", size)
	names := []string{"a", "b", "c", "d"}
	var files []uint64
	for _, name := range names {
		files = append(files, g.made(name))
	}
	// Requests as large as this one are answered side by side.
	for i := range 4 * limit / size {
		offset := uint64(i/len(files)) * size
		message := request(fuse.OpWrite, uint64(1000+i), files[i%len(files)],
			body(uint64(0), offset, uint32(size), uint32(0), uint64(0), uint32(0), uint32(0), []byte(text)))
		if _, err := g.conn.Write(message); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 * limit / size {
		g.receive()
	}
	var length int64
	for _, name := range names {
		info, err := os.Stat(g.host(name))
		if err != nil {
			t.Fatal(err)
		}
		length += info.Size()
	}
	growth := server.Growth()[0]
	if length > limit || growth.Used > limit || length < limit-size*int64(len(names)) {
		t.Errorf("%d bytes, %d counted, of %d", length, growth.Used, limit)
	}
}
