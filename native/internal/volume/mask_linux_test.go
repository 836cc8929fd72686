package volume

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// masked mounts a folder with entries that the guest may not know of. All of their content is secretText.
func masked(t *testing.T, config Config) *guest {
	t.Helper()
	g := serve(t, config)
	for _, name := range []string{".env", "src/.env", "secrets/a.pem", ".git/config", "lib/node_modules/x"} {
		if err := os.MkdirAll(filepath.Dir(g.host(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, g.host(name), secretText)
	}
	write(t, g.host("secrets/notes"), "shown")
	write(t, g.host("shown"), "shown")
	return g
}

var hidden = []string{".env", ".git", "secrets/*.pem"}

// names lists a folder in both ways.
func (g *guest) names(folder uint64) string {
	g.t.Helper()
	var found [2]string
	for i, op := range []fuse.Opcode{fuse.OpReaddir, fuse.OpReaddirplus} {
		answer, err := g.ask(op, folder, uint64(0), uint64(0), uint32(8192), uint32(0), uint64(0), uint32(0), uint32(0))
		if err != nil {
			g.t.Fatal(err)
		}
		var names []string
		for len(answer) > 0 {
			if op == fuse.OpReaddirplus {
				answer = answer[128:]
			}
			length := int(binary.LittleEndian.Uint32(answer[16:]))
			if name := string(answer[24 : 24+length]); name != "." && name != ".." {
				names = append(names, name)
			}
			answer = answer[min(len(answer), (24+length+7)&^7):]
		}
		found[i] = strings.Join(names, " ")
	}
	if found[0] != found[1] {
		g.t.Errorf("one list has %q, the other %q", found[0], found[1])
	}
	return found[0]
}

func TestHiddenDoesNotExist(t *testing.T) {
	g := masked(t, Config{Hide: hidden})
	src, secrets := g.mustLookup(fuse.RootID, "src"), g.mustLookup(fuse.RootID, "secrets")
	for name, folder := range map[string]uint64{".env": fuse.RootID, ".git": fuse.RootID, ".ENV": src, "a.pem": secrets, "none.pem": secrets} {
		shown := g.mustLookup(fuse.RootID, "shown")
		if _, err := g.lookup(folder, name); !errors.Is(err, unix.ENOENT) {
			t.Errorf("lookup of %s: %v", name, err)
		}
		_, unlinked := g.ask(fuse.OpUnlink, folder, name)
		_, removed := g.ask(fuse.OpRmdir, folder, name)
		for _, err := range []error{unlinked, removed, g.rename(folder, name, fuse.RootID, "new")} {
			if !errors.Is(err, unix.ENOENT) {
				t.Errorf("%s can be taken away: %v", name, err)
			}
		}
		_, linked := g.ask(fuse.OpLink, folder, shown, name)
		_, folded := g.ask(fuse.OpMkdir, folder, uint32(0o755), uint32(0), name)
		_, exchanged := g.ask(fuse.OpRename2, fuse.RootID, folder, uint32(unix.RENAME_EXCHANGE), uint32(0), "shown", name)
		for _, err := range []error{
			linked, folded, exchanged, g.mknod(folder, name, unix.S_IFREG|0o644), g.symlink(folder, name, "x"), g.rename(fuse.RootID, "shown", folder, name),
		} {
			if !errors.Is(err, unix.EACCES) {
				t.Errorf("%s can be made: %v", name, err)
			}
		}
	}
	for folder, wanted := range map[uint64][]string{fuse.RootID: {"lib", "secrets", "shown", "src"}, src: nil, secrets: {"notes"}} {
		got := strings.Fields(g.names(folder))
		if len(got) != len(wanted) {
			t.Errorf("listed: %q", got)
		}
		for _, name := range wanted {
			if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+name+" ") {
				t.Errorf("%s is not listed: %q", name, got)
			}
		}
	}
	if text, err := os.ReadFile(g.host(".env")); err != nil || string(text) != secretText {
		t.Errorf("%q %v", text, err)
	}
	if _, err := g.ask(fuse.OpRmdir, fuse.RootID, "src"); !errors.Is(err, unix.ENOTEMPTY) {
		t.Errorf("a folder with something hidden is removed: %v", err)
	}
}

// A folder keeps its name where another would show what is in it, and takes none that would hide it.
func TestFoldersOnTheWayToHiddenKeepTheirNames(t *testing.T) {
	g := masked(t, Config{Hide: append([]string{"**/keys/id"}, hidden...), Private: []string{"lib/node_modules"}})
	for _, name := range []string{"keys", "plain"} {
		if err := os.MkdirAll(g.host(name+"/inner"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		from, to string
		wanted   error
	}{
		{"secrets", "open", unix.EACCES}, {"plain", "secrets2", nil}, {"secrets2", "plain", nil}, {"lib", "lib2", unix.EACCES},
		{"keys", "others", unix.EACCES}, {"plain", "keys2", nil}, {"keys2", "keys3", nil}, {"src", "source", nil}, {"shown", "secrets-file", nil},
	} {
		if err := g.rename(fuse.RootID, test.from, fuse.RootID, test.to); !errors.Is(err, test.wanted) {
			t.Errorf("%s to %s: %v", test.from, test.to, err)
		}
	}
	source := g.mustLookup(fuse.RootID, "source")
	if err := g.rename(fuse.RootID, "secrets", source, "secrets"); !errors.Is(err, unix.EACCES) {
		t.Errorf("to another folder: %v", err)
	}
	if err := g.rename(fuse.RootID, "keys", source, "keys"); err != nil {
		t.Errorf("what is hidden everywhere may go everywhere: %v", err)
	}
	_, err := g.ask(fuse.OpRename2, fuse.RootID, uint64(fuse.RootID), uint32(unix.RENAME_EXCHANGE), uint32(0), "keys3", "secrets")
	if !errors.Is(err, unix.EACCES) {
		t.Errorf("exchanged: %v", err)
	}
}

// A number of what the host has hidden since leads nowhere, and leads there again when it is back.
func TestNumbersOfWhatIsHiddenLater(t *testing.T) {
	g := masked(t, Config{Hide: hidden})
	if err := os.Mkdir(g.host("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("folder/b.pem"), "shown so far")
	folder, shown := g.mustLookup(fuse.RootID, "folder"), g.mustLookup(fuse.RootID, "shown")
	pem := g.mustLookup(folder, "b.pem")
	if _, err := g.read(pem); err != nil {
		t.Fatal(err)
	}
	if _, err := g.read(shown); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(g.host("secrets")), os.RemoveAll(g.host(".env")),
		os.Rename(g.host("folder"), g.host("secrets")), os.Rename(g.host("shown"), g.host(".env"))); err != nil {
		t.Fatal(err)
	}
	for what, node := range map[string]uint64{"in a folder": pem, "a file": shown} {
		if text, err := g.read(node); !errors.Is(err, unix.ESTALE) {
			t.Errorf("%s: read %q %v", what, text, err)
		}
		_, linked := g.ask(fuse.OpLink, fuse.RootID, node, "again")
		_, got := g.ask(fuse.OpGetattr, node, uint64(0), uint64(0))
		for _, err := range []error{linked, got, g.write(node, "x"), g.truncate(node, 0), g.chmod(node, 0o777)} {
			if !errors.Is(err, unix.ESTALE) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := os.Rename(g.host(".env"), g.host("shown")); err != nil {
		t.Fatal(err)
	}
	if text, err := g.read(shown); err != nil || text != "shown" {
		t.Errorf("back again: %q %v", text, err)
	}
	// Moved away with all that is in it, it is still the same folder.
	if err := os.Rename(g.folder, g.folder+".moved"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.read(shown); err != nil {
		t.Errorf("the mounted folder was moved: %v", err)
	}
	if _, err := g.read(pem); !errors.Is(err, unix.ESTALE) {
		t.Errorf("the mounted folder was moved: %v", err)
	}
}

func TestChangesOfHiddenAreNotTold(t *testing.T) {
	g := masked(t, Config{Hide: hidden, Private: []string{"lib/node_modules"}})
	g.mustLookup(fuse.RootID, "src")
	lib := g.mustLookup(fuse.RootID, "lib")
	_, _ = g.lookup(lib, "node_modules")
	write(t, g.host(".env"), "changed")
	write(t, g.host("src/.env"), "changed")
	if err := os.Chmod(g.host("lib/node_modules"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("src/last"), "x")
	g.told = nil
	for len(g.told) == 0 || g.told[len(g.told)-1].name != "last" {
		head, body := g.receive()
		g.changed(head, body)
	}
	for _, one := range g.told {
		if one.name == ".env" || one.name == "node_modules" {
			t.Errorf("told of %q", one.name)
		}
	}
	g.told = nil
	if err := os.Rename(g.host("src/last"), g.host("src/.env")); err != nil {
		t.Fatal(err)
	}
	g.until("last", volumewire.ChangeRemoved)
}

// What the host has in a private folder is out of reach, also for a guest that takes its own away.
func TestPrivateFolders(t *testing.T) {
	g := masked(t, Config{Private: []string{"lib/node_modules", "made/.venv"}})
	lib := g.mustLookup(fuse.RootID, "lib")
	own := g.mustLookup(lib, "node_modules")
	if info, err := os.Stat(g.host("made/.venv")); err != nil || !info.IsDir() {
		t.Errorf("no place was made: %v", err)
	}
	if names := g.names(own); names != "" {
		t.Errorf("the host's folder has %q", names)
	}
	if names := g.names(lib); names != "node_modules" {
		t.Errorf("listed: %q", names)
	}
	if _, err := g.lookup(own, "x"); err == nil {
		t.Error("the host's file is found")
	}
	if err := g.mknod(own, "new", unix.S_IFREG|0o644); err == nil {
		t.Error("a file was made in the host's folder")
	}
	if _, err := g.lookup(lib, "NODE_MODULES"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("another spelling: %v", err)
	}
	if err := g.rename(lib, "node_modules", fuse.RootID, "x"); !errors.Is(err, unix.EBUSY) {
		t.Errorf("moved: %v", err)
	}
	if _, err := g.ask(fuse.OpRmdir, lib, "node_modules"); !errors.Is(err, unix.EBUSY) {
		t.Errorf("removed: %v", err)
	}
	// Whatever the host does to its own, the guest's stays where it is.
	if err := os.RemoveAll(g.host("lib/node_modules")); err != nil {
		t.Fatal(err)
	}
	g.forget(own)
	if again := g.mustLookup(lib, "node_modules"); again != own {
		t.Errorf("number %d has become %d", own, again)
	}
	if _, err := g.ask(fuse.OpGetattr, own, uint64(0), uint64(0)); err != nil {
		t.Error(err)
	}
}

func TestPrivateFoldersThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "file"), "x")
	if err := os.Symlink("/etc", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	for what, config := range map[string]Config{
		"a file": {Private: []string{"file"}}, "behind a symlink": {Private: []string{"link"}}, "through a symlink": {Private: []string{"link/x"}},
		"upwards": {Private: []string{"../x"}}, "absolute": {Private: []string{"/x"}}, "nothing": {Private: []string{""}},
		"hidden": {Private: []string{"a"}, Hide: []string{"a"}}, "missing and read-only": {Private: []string{"a"}, ReadOnly: true},
		"a bad pattern": {Hide: []string{"["}},
	} {
		config.Host = folder
		if _, err := Open([]Config{config}); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	for _, config := range []Config{{Hide: hidden}, {Private: []string{"a"}}, {Quota: 1}} {
		config.Host = filepath.Join(folder, "file")
		if _, err := Open([]Config{config}); !errors.Is(err, errFile) {
			t.Errorf("of a file: %v", err)
		}
	}
}

// While the guest moves folders about and the host hides and shows them, what is hidden is never read.
func TestHiddenRaces(t *testing.T) {
	g := masked(t, Config{Hide: hidden})
	if err := os.MkdirAll(g.host("plain"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("plain/a.pem"), "shown")
	end := time.Now().Add(raceTime(t))
	swapping := make(chan struct{})
	go func() {
		defer close(swapping)
		for time.Now().Before(end) {
			// The one file is hidden at each moment: in between it is neither here nor there.
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("plain"), unix.AT_FDCWD, g.host("other"), 0)
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("other"), unix.AT_FDCWD, g.host("plain"), 0)
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("src/.env"), unix.AT_FDCWD, g.host("src/sub/.env"), 0)
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("src/sub/.env"), unix.AT_FDCWD, g.host("src/.env"), 0)
		}
	}()
	if err := os.Mkdir(g.host("src/sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	tries, seen := 0, 0
	for ; time.Now().Before(end); tries++ {
		for _, pair := range [][2]string{{"plain", "secrets"}, {"secrets", "plain"}, {"secrets", "other"}, {"src", "source"}, {"source", "src"}} {
			_ = g.rename(fuse.RootID, pair[0], fuse.RootID, pair[1])
			_, _ = g.ask(fuse.OpRename2, fuse.RootID, uint64(fuse.RootID), uint32(unix.RENAME_EXCHANGE), uint32(0), pair[0], pair[1])
		}
		for _, name := range []string{"plain", "other", "secrets", "src", "source"} {
			folder, err := g.lookup(fuse.RootID, name)
			if err != nil {
				continue
			}
			for _, inner := range []string{"a.pem", ".env"} {
				file, err := g.lookup(folder, inner)
				if err != nil {
					continue
				}
				text, err := g.read(file)
				if bytes.Contains([]byte(text), []byte(secretText)) {
					t.Fatalf("%s/%s was read", name, inner)
				}
				if err == nil {
					seen++
				}
				_, _ = g.ask(fuse.OpLink, fuse.RootID, file, "linked")
				_, _ = g.ask(fuse.OpUnlink, fuse.RootID, "linked")
			}
		}
	}
	<-swapping
	t.Logf("%d tries, %d reads", tries, seen)
	if seen == 0 {
		t.Error("nothing was ever read")
	}
}
