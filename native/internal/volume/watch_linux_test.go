package volume

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// until waits for the host to tell of a change of this name.
func (g *guest) until(name string, what uint32) {
	g.t.Helper()
	wanted := func(one told) bool { return one.name == name && one.what&what == what }
	for !slices.ContainsFunc(g.told, wanted) {
		head, body := g.receive()
		g.changed(head, body)
	}
	g.told = nil
}

// as asks with the mark of the relay's.
func (g *guest) as(group uint32, op fuse.Opcode, node uint64, parts ...any) ([]byte, error) {
	g.group = group
	defer func() { g.group = 0 }()
	return g.ask(op, node, parts...)
}

func TestChangesOfTheHostAreTold(t *testing.T) {
	g := serve(t, Config{})
	if err := os.Mkdir(g.host("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	folder := g.mustLookup(fuse.RootID, "folder")
	write(t, g.host("folder/new"), "one")
	g.until("new", volumewire.ChangeMade)
	g.mustLookup(folder, "new")
	if err := os.Chmod(g.host("folder/new"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.until("new", volumewire.ChangeAttributes)
	write(t, g.host("folder/other"), "two")
	if err := os.Rename(g.host("folder/other"), g.host("folder/new")); err != nil {
		t.Fatal(err)
	}
	g.until("new", volumewire.ChangeMade|volumewire.ChangeRemoved)
	if err := os.Remove(g.host("folder/new")); err != nil {
		t.Fatal(err)
	}
	g.until("new", volumewire.ChangeRemoved)
	if err := os.Mkdir(g.host("folder/inner"), 0o755); err != nil {
		t.Fatal(err)
	}
	g.until("inner", volumewire.ChangeMade)
	if err := os.Remove(g.host("folder/inner")); err != nil {
		t.Fatal(err)
	}
	g.until("inner", volumewire.ChangeRemoved|volumewire.ChangeFolder)
}

// What the guest does itself it is not told of: it would never end.
func TestOwnChangesAreNotTold(t *testing.T) {
	g := serve(t, Config{})
	_, _ = g.lookup(fuse.RootID, "a") // from here on the folder is watched
	for range 50 {
		if err := errors.Join(g.mknod(fuse.RootID, "a", unix.S_IFREG|0o644), g.rename(fuse.RootID, "a", fuse.RootID, "b")); err != nil {
			t.Fatal(err)
		}
		b := g.mustLookup(fuse.RootID, "b")
		if err := errors.Join(g.write(b, "text"), g.truncate(b, 1), g.chmod(b, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := g.ask(fuse.OpUnlink, fuse.RootID, "b"); err != nil {
			t.Fatal(err)
		}
	}
	write(t, g.host("last"), "of the host")
	for len(g.told) == 0 {
		head, body := g.receive()
		g.changed(head, body)
	}
	if g.told[0].name != "last" {
		t.Errorf("told of %q", g.told[0].name)
	}
}

// The folder is watched, not what its name has come to mean, and no symlink is followed.
func TestWatchesStayInside(t *testing.T) {
	g, _ := withSecret(t)
	outside := t.TempDir()
	if err := errors.Join(os.Mkdir(g.host("folder"), 0o755), os.Symlink(outside, g.host("link"))); err != nil {
		t.Fatal(err)
	}
	folder, link := g.mustLookup(fuse.RootID, "folder"), g.mustLookup(fuse.RootID, "link")
	_, _ = g.lookup(link, "x")
	if err := errors.Join(os.Rename(g.host("folder"), g.host("moved")), os.Symlink(outside, g.host("folder"))); err != nil {
		t.Fatal(err)
	}
	_, _ = g.lookup(folder, "x")
	for _, name := range []string{"seen", "secret"} {
		write(t, filepath.Join(outside, name), "outside")
	}
	write(t, g.host("moved/inside"), "inside")
	for !slices.ContainsFunc(g.told, func(one told) bool { return one.name == "inside" }) {
		head, body := g.receive()
		g.changed(head, body)
	}
	for _, one := range g.told {
		if one.name == "seen" || one.name == "secret" {
			t.Errorf("told of %q outside", one.name)
		}
	}
}

// Requests with the relay's mark change nothing, whoever sends them.
func TestMarkedRequestsChangeNothing(t *testing.T) {
	g, _ := withSecret(t)
	write(t, g.host("file"), "kept")
	if err := os.Mkdir(g.host("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := g.mustLookup(fuse.RootID, "file")
	if _, err := g.as(volumewire.GroupTouch, fuse.OpSetattr, file, setattrBody(fuse.SetSize|fuse.SetMode, 0, 0o777)); err != nil {
		t.Error(err)
	}
	for group, op := range map[uint32]fuse.Opcode{volumewire.GroupRemove: fuse.OpUnlink, volumewire.GroupRmdir: fuse.OpRmdir} {
		for _, name := range []string{"file", "folder", "nowhere"} {
			if _, err := g.as(group, op, fuse.RootID, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := g.as(group, fuse.OpLookup, fuse.RootID, "nowhere"); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"file", "nowhere"} {
		_, _ = g.as(volumewire.GroupMake, fuse.OpMknod, fuse.RootID, uint32(unix.S_IFREG|0o600), uint32(0), uint64(0), name)
		_, _ = g.as(volumewire.GroupMake, fuse.OpMkdir, fuse.RootID, uint32(0o700), uint32(0), name)
		_, _ = g.as(volumewire.GroupMake, fuse.OpSymlink, fuse.RootID, name, "..")
	}
	if text, err := g.read(file); err != nil || text != "kept" {
		t.Errorf("%q %v", text, err)
	}
	if info, err := os.Stat(g.host("file")); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := os.Lstat(g.host("nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("made: %v", err)
	}
	// What a mark lets be seen is nobody's file.
	ghost, err := g.as(volumewire.GroupRemove, fuse.OpLookup, fuse.RootID, "file")
	if err != nil {
		t.Fatal(err)
	}
	if node := uint64(ghost[0]); node == file {
		t.Error("the ghost is the file")
	} else if text, err := g.read(node); err == nil {
		t.Errorf("the ghost says %q", text)
	}
}
