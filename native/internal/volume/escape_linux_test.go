package volume

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
)

const secretText = "not for the guest"

// withSecret mounts a folder beside which there is a file that nothing may read or change.
func withSecret(t *testing.T) (g *guest, secret string) {
	g = serve(t, Config{})
	secret = filepath.Join(filepath.Dir(g.folder), "secret")
	write(t, secret, secretText)
	t.Cleanup(func() {
		if text, err := os.ReadFile(secret); err != nil || string(text) != secretText {
			t.Errorf("the secret has become %q, %v", text, err)
		}
		if info, err := os.Stat(secret); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("the secret's mode is %v, %v", info.Mode(), err)
		}
	})
	return g, secret
}

func TestNamesThatLeadElsewhere(t *testing.T) {
	g, _ := withSecret(t)
	long := strings.Repeat("x", fuse.MaxNameBytes+1)
	for _, name := range []string{"", ".", "..", "../secret", "/etc/passwd", "a/b", "./x", long} {
		if _, err := g.lookup(fuse.RootID, name); !errors.Is(err, unix.EINVAL) {
			t.Errorf("lookup of %.20q: %v", name, err)
		}
		if err := g.mknod(fuse.RootID, name, unix.S_IFREG|0o644); !errors.Is(err, unix.EINVAL) {
			t.Errorf("mknod of %.20q: %v", name, err)
		}
		for _, op := range []fuse.Opcode{fuse.OpUnlink, fuse.OpRmdir} {
			if _, err := g.ask(op, fuse.RootID, name); !errors.Is(err, unix.EINVAL) {
				t.Errorf("%d of %.20q: %v", op, name, err)
			}
		}
		if err := g.rename(fuse.RootID, name, fuse.RootID, "y"); !errors.Is(err, unix.EINVAL) {
			t.Errorf("rename of %.20q: %v", name, err)
		}
	}
}

func TestSymlinksAreData(t *testing.T) {
	g, secret := withSecret(t)
	for i, target := range []string{secret, "../secret", "/proc/self/root" + secret, "/proc/self/cwd", "nowhere", "."} {
		name := string(rune('a' + i))
		if err := g.symlink(fuse.RootID, name, target); err != nil {
			t.Fatal(err)
		}
		link := g.mustLookup(fuse.RootID, name)
		if text, err := g.read(link); err == nil {
			t.Errorf("read %q through a link to %s", text, target)
		}
		if g.write(link, "changed") == nil || g.truncate(link, 0) == nil {
			t.Errorf("changed what %s means", target)
		}
		_ = g.chmod(link, 0o777)
		if _, err := g.lookup(link, "x"); !errors.Is(err, unix.ENOTDIR) {
			t.Errorf("a lookup in a link to %s: %v", target, err)
		}
		if _, err := g.ask(fuse.OpMkdir, link, uint32(0o755), uint32(0), "x"); !errors.Is(err, unix.ENOTDIR) {
			t.Errorf("a folder in a link to %s: %v", target, err)
		}
		// A hard link to a link is one to the link.
		if _, err := g.ask(fuse.OpLink, fuse.RootID, link, name+"2"); err == nil {
			if got, err := os.Readlink(g.host(name + "2")); err != nil || got != target {
				t.Errorf("a hard link to a link to %s: %q %v", target, got, err)
			}
		}
	}
}

// What was a file or a folder when it was looked up may be a symlink to elsewhere by the time it is
// used, by the guest's own doing or the host's.
func TestReplacedByASymlink(t *testing.T) {
	g, secret := withSecret(t)
	outside := filepath.Dir(g.folder)
	write(t, g.host("file"), "inside")
	if err := os.Mkdir(g.host("folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	file, folder := g.mustLookup(fuse.RootID, "file"), g.mustLookup(fuse.RootID, "folder")
	for _, name := range []string{"file", "folder"} {
		if err := os.Remove(g.host(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(secret, g.host("file")), os.Symlink(outside, g.host("folder"))); err != nil {
		t.Fatal(err)
	}
	if text, err := g.read(file); err == nil && text == secretText {
		t.Error("the secret was read")
	}
	_ = g.write(file, "changed")
	_ = g.truncate(file, 0)
	_ = g.chmod(file, 0o777)
	if _, err := g.lookup(folder, "secret"); err == nil {
		t.Error("a folder that was replaced leads outside")
	}
	if err := g.mknod(folder, "made", unix.S_IFREG|0o644); err == nil {
		t.Error("a file was made in a folder that is gone")
	}
	if _, err := os.Lstat(filepath.Join(outside, "made")); err == nil {
		t.Error("a file was made outside")
	}
}

func TestTheMountedFolderReplaced(t *testing.T) {
	g, _ := withSecret(t)
	outside := t.TempDir()
	if err := errors.Join(os.Rename(g.folder, g.folder+".old"), os.Symlink(outside, g.folder)); err != nil {
		t.Fatal(err)
	}
	if err := g.mknod(fuse.RootID, "made", unix.S_IFREG|0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(outside, "made")); err == nil {
		t.Error("the mount follows its path")
	}
}

func TestSpecialFiles(t *testing.T) {
	g, _ := withSecret(t)
	if err := unix.Mkfifo(g.host("fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	fifo := g.mustLookup(fuse.RootID, "fifo")
	if _, err := g.read(fifo); err == nil {
		t.Error("a FIFO of the host was opened")
	}
	for _, kind := range []uint32{unix.S_IFCHR, unix.S_IFBLK} {
		if err := g.mknod(fuse.RootID, "device", kind|0o666); !errors.Is(err, unix.EPERM) {
			t.Errorf("a device: %v", err)
		}
	}
	if err := g.mknod(fuse.RootID, "program", unix.S_IFREG|0o6755); err != nil {
		t.Fatal(err)
	}
	program := g.mustLookup(fuse.RootID, "program")
	if err := g.chmod(program, 0o6755); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(g.host("program")); err != nil || info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
		t.Errorf("the guest has lent rights on the host: %v %v", info.Mode(), err)
	}
	write(t, g.host("lent"), "x")
	if err := os.Chmod(g.host("lent"), 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	if err := g.write(g.mustLookup(fuse.RootID, "lent"), "changed"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(g.host("lent")); err != nil || info.Mode()&os.ModeSetuid != 0 {
		t.Errorf("a changed program keeps its rights: %v %v", info.Mode(), err)
	}
}

// A number means one file for ever: of another that has its name, or its inode, it is ESTALE.
func TestStaleNumbers(t *testing.T) {
	g, _ := withSecret(t)
	write(t, g.host("old"), "old")
	old := g.mustLookup(fuse.RootID, "old")
	if err := os.Remove(g.host("old")); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		write(t, g.host("old"), "new")
		if node := g.mustLookup(fuse.RootID, "old"); node == old {
			t.Fatalf("another file has the number, after %d", i)
		}
		if text, err := g.read(old); err == nil && text == "new" {
			t.Fatal("the old number reads the new file")
		}
		if err := os.Remove(g.host("old")); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range []uint64{0, 1 << 40, ^uint64(0)} {
		if _, err := g.ask(fuse.OpGetattr, node, uint64(0), uint64(0)); !errors.Is(err, unix.ESTALE) {
			t.Errorf("node %d: %v", node, err)
		}
	}
}

func TestReadOnlyIsTheHostsDoing(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "file"), "kept")
	g := serve(t, Config{Host: folder, ReadOnly: true})
	file := g.mustLookup(fuse.RootID, "file")
	asks := map[string]error{
		"write": g.write(file, "changed"), "truncate": g.truncate(file, 0), "chmod": g.chmod(file, 0o777),
		"mknod": g.mknod(fuse.RootID, "new", unix.S_IFREG|0o644), "symlink": g.symlink(fuse.RootID, "new", "x"),
		"rename": g.rename(fuse.RootID, "file", fuse.RootID, "moved"),
	}
	_, asks["mkdir"] = g.ask(fuse.OpMkdir, fuse.RootID, uint32(0o755), uint32(0), "new")
	_, asks["unlink"] = g.ask(fuse.OpUnlink, fuse.RootID, "file")
	_, asks["link"] = g.ask(fuse.OpLink, fuse.RootID, file, "new")
	_, asks["fallocate"] = g.ask(fuse.OpFallocate, file, uint64(0), uint64(0), uint64(9), uint32(0), uint32(0))
	for what, err := range asks {
		if !errors.Is(err, unix.EROFS) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if text, err := g.read(file); err != nil || text != "kept" {
		t.Errorf("%q %v", text, err)
	}
}

// raceTime is how long a race runs; VOLUME_RACE_TIME makes it longer.
func raceTime(t *testing.T) time.Duration {
	if text := os.Getenv("VOLUME_RACE_TIME"); text != "" {
		length, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return length
	}
	return 300 * time.Millisecond
}

// While folders and files are replaced by symlinks and back, nothing of outside is seen or changed.
func TestRenameRaces(t *testing.T) {
	g, secret := withSecret(t)
	outside := filepath.Dir(g.folder)
	write(t, g.host("file"), "inside")
	if err := errors.Join(os.Mkdir(g.host("folder"), 0o755), os.Symlink(secret, g.host("file.link")),
		os.Symlink(outside, g.host("folder.link"))); err != nil {
		t.Fatal(err)
	}
	write(t, g.host("folder/secret"), "inside")
	end := time.Now().Add(raceTime(t))
	swapping := make(chan struct{})
	go func() {
		defer close(swapping)
		for time.Now().Before(end) {
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("file"), unix.AT_FDCWD, g.host("file.link"), unix.RENAME_EXCHANGE)
			_ = unix.Renameat2(unix.AT_FDCWD, g.host("folder"), unix.AT_FDCWD, g.host("folder.link"), unix.RENAME_EXCHANGE)
		}
	}()
	random := rand.New(rand.NewPCG(1, 2))
	tries, seen := 0, 0
	for ; time.Now().Before(end); tries++ {
		if file, err := g.lookup(fuse.RootID, "file"); err == nil {
			if text, err := g.read(file); err == nil {
				seen++
				if text == secretText {
					t.Fatal("the secret was read")
				}
			}
			_ = g.write(file, "inside")
			_ = g.chmod(file, 0o600)
		}
		if folder, err := g.lookup(fuse.RootID, "folder"); err == nil {
			if inner, err := g.lookup(folder, "secret"); err == nil {
				if text, err := g.read(inner); err == nil && text == secretText {
					t.Fatal("the secret was read through a folder")
				}
				_ = g.truncate(inner, uint64(random.IntN(7)))
			}
			_ = g.mknod(folder, "made", unix.S_IFREG|0o644)
		}
		if _, err := os.Lstat(filepath.Join(outside, "made")); err == nil {
			t.Fatal("a file was made outside")
		}
	}
	<-swapping
	t.Logf("%d tries, %d reads", tries, seen)
	if seen == 0 {
		t.Error("the race was never seen from inside")
	}
}

func TestHardLinksLeadNowhereElse(t *testing.T) {
	g, _ := withSecret(t)
	write(t, g.host("one"), "x")
	one := g.mustLookup(fuse.RootID, "one")
	if _, err := g.ask(fuse.OpLink, fuse.RootID, one, "two"); err != nil {
		t.Fatal(err)
	}
	if two := g.mustLookup(fuse.RootID, "two"); two != one {
		t.Errorf("one file has the numbers %d and %d", one, two)
	}
	attr, err := g.ask(fuse.OpGetattr, one, uint64(0), uint64(0))
	if err != nil {
		t.Fatal(err)
	}
	if links := binary.LittleEndian.Uint32(attr[16+64:]); links != 2 {
		t.Errorf("%d links", links)
	}
}
