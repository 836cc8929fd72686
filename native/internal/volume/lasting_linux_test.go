package volume

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// validities are how long an answer with an entry holds, the name and the attributes.
func (g *guest) validities(folder uint64, name string) (entry, attributes time.Duration) {
	g.t.Helper()
	answer, err := g.ask(fuse.OpLookup, folder, name)
	if err != nil {
		g.t.Fatal(err)
	}
	seconds := func(at int) time.Duration {
		return time.Duration(binary.LittleEndian.Uint64(answer[at:])) * time.Second
	}
	return seconds(16), seconds(24)
}

// What the guest would be told the changes of it need not ask for; everything else it asks for soon.
func TestWhatLasts(t *testing.T) {
	g := serve(t, Config{})
	write(t, g.host("file"), "one")
	write(t, g.host("linked"), "one")
	err := errors.Join(os.Link(g.host("linked"), g.host("linked too")), os.Mkdir(g.host("folder"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	for name, wanted := range map[string]time.Duration{
		"file": lasting, "folder": lasting, "linked": attrValid, "nothing": attrValid,
	} {
		if entry, attributes := g.validities(fuse.RootID, name); entry != wanted || attributes != wanted {
			t.Errorf("%s holds for %v and %v", name, entry, attributes)
		}
	}
	root, err := g.ask(fuse.OpGetattr, fuse.RootID, uint64(0), uint64(0))
	if err != nil {
		t.Fatal(err)
	}
	if valid := binary.LittleEndian.Uint64(root); valid != uint64(attrValid/time.Second) {
		t.Errorf("the root, whose own changes nobody tells of, holds for %d s", valid)
	}
}

// Of more changes than can wait some are lost: what the guest knows is compared then.
func TestLostChangesAreFound(t *testing.T) {
	server, err := Open([]Config{{Host: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	server.watcher.most = 8
	g := &guest{t: t, folder: server.volumes[0].config.Host, conn: serveOver(t, server)}
	write(t, g.host("kept"), "one")
	write(t, g.host("removed"), "one")
	g.mustLookup(fuse.RootID, "kept")
	g.mustLookup(fuse.RootID, "removed")
	for i := range 100 {
		write(t, g.host(fmt.Sprintf("new-%d", i)), "")
	}
	write(t, g.host("kept"), "another")
	if err := os.Remove(g.host("removed")); err != nil {
		t.Fatal(err)
	}
	missing := map[string]uint32{"kept": volumewire.ChangeContent, "removed": volumewire.ChangeRemoved}
	for len(missing) > 0 {
		head, body := g.receive()
		g.changed(head, body)
		last := g.told[len(g.told)-1]
		if what := missing[last.name]; what != 0 && last.what&what == what {
			delete(missing, last.name)
		}
	}
}

// Of very many files those last that were met first, and those are what a table has room for.
func TestWhatLastsIsKept(t *testing.T) {
	server, err := Open([]Config{{Host: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, folder: server.volumes[0].config.Host, conn: serveOver(t, server)}
	known := server.volumes[0].nodes
	for _, name := range []string{"first", "later"} {
		write(t, g.host(name), "")
		_, attributes := g.validities(fuse.RootID, name)
		if lasts := attributes == lasting; lasts != (name == "first") {
			t.Errorf("%s lasts: %v", name, lasts)
		}
		for range maxLasting {
			if _, err := known.ghost(unix.S_IFREG); err != nil {
				t.Fatal(err)
			}
		}
	}
	if saved := known.table(1).GetNodes(); len(saved) != 1 || string(saved[0].GetName()) != "first" || !saved[0].GetLasts() {
		t.Errorf("saved are %v", saved)
	}
	if placed := known.placed(); len(placed) != 1 || placed[0].name != "first" {
		t.Errorf("compared are %d", len(placed))
	}
}

// A change of the host's in the moment of one of the guest's is told, unless it is of the same kind.
func TestChangesBesideOwnOnesAreTold(t *testing.T) {
	server, err := Open([]Config{{Host: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	v := server.volumes[0]
	g := &guest{t: t, folder: v.config.Host, conn: serveOver(t, server)}
	_, _ = g.lookup(fuse.RootID, "x")
	root, err := v.nodes.get(fuse.RootID)
	if err != nil {
		t.Fatal(err)
	}
	changed := v.changing(root, "x", unix.IN_CREATE|unix.IN_CLOSE_WRITE)
	write(t, g.host("x"), "")
	if err := os.Remove(g.host("x")); err != nil {
		t.Fatal(err)
	}
	changed()
	g.until("x", volumewire.ChangeRemoved)
}

// Both mounts of one folder are told of what is done by the other.
func TestAnotherMountOfTheFolderIsTold(t *testing.T) {
	folder := t.TempDir()
	server, err := Open([]Config{{Host: folder}, {Host: folder}})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, folder: folder, conn: serveOver(t, server)}
	_, _ = g.lookup(fuse.RootID, "made")
	g.unique |= 1 << volumewire.MountShift
	_, _ = g.lookup(fuse.RootID, "made")
	if err := g.mknod(fuse.RootID, "made", unix.S_IFREG|0o644); err != nil {
		t.Fatal(err)
	}
	g.until("made", volumewire.ChangeMade)
}
