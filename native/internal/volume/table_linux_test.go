package volume

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// A guest that goes on with another server keeps its numbers; they mean the same files or none.
func TestNumbersOutliveTheServer(t *testing.T) {
	folder := t.TempDir()
	server, err := Open([]Config{{Host: folder}})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, folder: folder, conn: serveOver(t, server)}
	if err := os.MkdirAll(g.host("a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("a/b/kept"), "kept")
	write(t, g.host("a/b/replaced"), "before")
	a := g.mustLookup(fuse.RootID, "a")
	b := g.mustLookup(a, "b")
	kept, replaced := g.mustLookup(b, "kept"), g.mustLookup(b, "replaced")
	table, err := server.Table()
	if err != nil {
		t.Fatal(err)
	}
	// Keeps the old file's inode from being given to the new one.
	if err := os.Rename(g.host("a/b/replaced"), g.host("elsewhere")); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("a/b/replaced"), "after")
	write(t, g.host("a/b/kept"), "kept, longer")

	other, err := Open([]Config{{Host: folder}})
	if err == nil {
		err = other.Adopt(table)
	}
	if err != nil {
		t.Fatal(err)
	}
	g = &guest{t: t, folder: folder, conn: serveOver(t, other)}
	select {
	case <-other.caughtUp:
		t.Error("the guest was told of nothing, and its programs may go on")
	default:
	}
	missing := map[string]uint32{
		"kept": volumewire.ChangeContent | volumewire.ChangeAttributes, "replaced": volumewire.ChangeRemoved | volumewire.ChangeMade,
	}
	for len(missing) > 0 {
		head, body := g.receive()
		g.changed(head, body)
		if last := g.told[len(g.told)-1]; last.what&missing[last.name] == missing[last.name] {
			delete(missing, last.name)
		}
	}
	other.CatchUp(t.Context())
	if text, err := g.read(kept); err != nil || text != "kept, longer" {
		t.Errorf("%q %v", text, err)
	}
	if text, err := g.read(replaced); !errors.Is(err, unix.ESTALE) {
		t.Errorf("the number of a replaced file: %q %v", text, err)
	}
	if again := g.mustLookup(b, "replaced"); again == replaced || again <= kept {
		t.Errorf("the new file has the number %d, the old one had %d", again, replaced)
	}
}

func TestTablesFromElsewhere(t *testing.T) {
	node := func(id, parent uint64, name string) *machinev1.VolumeNode {
		return &machinev1.VolumeNode{Id: id, Parent: parent, Name: []byte(name), Kind: unix.S_IFDIR, Lookups: 1}
	}
	for what, nodes := range map[string][]*machinev1.VolumeNode{
		"a way up": {node(2, 1, "..")}, "two segments": {node(2, 1, "a/b")}, "the root": {node(1, 0, "x")},
		"twice": {node(2, 1, "a"), node(2, 1, "b")}, "zero": {node(0, 1, "a")}, "too high": {node(99, 1, "a")},
	} {
		table := &machinev1.VolumeTable{Volumes: []*machinev1.VolumeNodes{{Next: 9, Nodes: nodes}}}
		packed, err := pack(table)
		if err != nil {
			t.Fatal(err)
		}
		server, err := Open([]Config{{Host: t.TempDir()}})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Adopt(packed); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	// Folders in a circle: nothing is found, and the search ends.
	table := &machinev1.VolumeTable{Volumes: []*machinev1.VolumeNodes{{
		Next: 9, Nodes: []*machinev1.VolumeNode{node(2, 3, "a"), node(3, 2, "b")},
	}}}
	packed, err := pack(table)
	if err != nil {
		t.Fatal(err)
	}
	server, err := Open([]Config{{Host: t.TempDir()}})
	if err == nil {
		err = server.Adopt(packed)
	}
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, conn: serveOver(t, server)}
	if _, err := g.lookup(2, "x"); !errors.Is(err, unix.ESTALE) {
		t.Errorf("in a circle: %v", err)
	}
	for _, packed := range [][]byte{nil, []byte("x"), {0x1f, 0x8b}} {
		if err := server.Adopt(packed); err == nil {
			t.Errorf("%x was taken", packed)
		}
	}
}
