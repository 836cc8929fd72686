package export

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// overlay is a real one, on file systems of its own.
type overlay struct {
	*testing.T
	merged  string
	changes Changes
}

func newOverlay(t *testing.T, image string) *overlay {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounts need root")
	}
	base := t.TempDir()
	if err := unix.Mount("test", base, "tmpfs", 0, ""); err != nil {
		t.Skipf("no mounts here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(base, unix.MNT_DETACH) })
	o := &overlay{T: t, merged: base + "/merged"}
	for _, name := range []string{"image", "upper", "work", "merged"} {
		if err := os.Mkdir(filepath.Join(base, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o.shell(base+"/image", image)
	options := fmt.Sprintf("lowerdir=%[1]s/image,upperdir=%[1]s/upper,workdir=%[1]s/work,redirect_dir=on,index=off,metacopy=off", base)
	if err := unix.Mount("overlay", o.merged, "overlay", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(o.merged, unix.MNT_DETACH) })
	for name, fd := range map[string]*int{"upper": &o.changes.Upper, "image": &o.changes.Image} {
		opened, err := unix.Open(filepath.Join(base, name), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(opened) })
		*fd = opened
	}
	return o
}

func (o *overlay) shell(dir, script string) {
	o.Helper()
	command := exec.Command("sh", "-ec", script)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		o.Fatalf("%v: %s", err, out)
	}
}

// layer is what the export has, one line for each name.
func (o *overlay) layer() map[string]string {
	o.Helper()
	var out bytes.Buffer
	if err := Write(o.Context(), &out, o.changes); err != nil {
		o.Fatal(err)
	}
	found := make(map[string]string)
	for reader := tar.NewReader(&out); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			o.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			o.Fatal(err)
		}
		if _, twice := found[header.Name]; twice {
			o.Errorf("%s is there twice", header.Name)
		}
		line := fmt.Sprintf("%c %o", header.Typeflag, header.Mode)
		for _, part := range []string{header.Linkname, string(content), header.PAXRecords["SCHILY.xattr.user.note"]} {
			if part != "" {
				line += " " + strings.TrimSpace(part)
			}
		}
		for key := range header.PAXRecords {
			if strings.Contains(key, "overlay") {
				o.Errorf("%s has %s", header.Name, key)
			}
		}
		found[header.Name] = line
	}
}

func (o *overlay) expect(expected map[string]string) {
	o.Helper()
	if found := o.layer(); !maps.Equal(found, expected) {
		for name, line := range expected {
			if found[name] != line {
				o.Errorf("%s: %q, expected %q", name, found[name], line)
			}
			delete(found, name)
		}
		for name, line := range found {
			o.Errorf("%s: %q, expected nothing", name, line)
		}
	}
}

func TestChangedAddedAndDeleted(t *testing.T) {
	o := newOverlay(t, `mkdir a; echo old > a/changed; echo x > a/deleted; mkdir a/tree; echo x > a/tree/x; echo x > a/same`)
	o.shell(o.merged, `umask 022; echo new > a/changed; rm a/deleted; rm -r a/tree; cp a/changed a/setuid; chmod 4755 a/setuid
		ln a/setuid a/zlink; ln -s /a/changed a/symlink; mkfifo a/pipe; mknod a/device c 1 3; mkdir -p new/er; setfattr -n user.note -v value new
		python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("a/socket")'`)
	found := o.layer()
	links := 0
	for _, name := range []string{"a/setuid", "a/zlink"} {
		// Which of the two comes first is the file system's choice.
		if strings.HasPrefix(found[name], "1 ") {
			links++
		} else if found[name] != "0 4755 new" {
			t.Errorf("%s: %s", name, found[name])
		}
		o.shell(o.merged, "rm "+name)
	}
	if links != 1 {
		t.Errorf("%d hard links: %v", links, found)
	}
	o.expect(map[string]string{
		"a/": "5 755", "a/changed": "0 644 new", "a/.wh.deleted": "0 0", "a/.wh.tree": "0 0",
		"a/symlink": "2 777 /a/changed", "a/pipe": "6 644", "a/device": "3 644", "new/": "5 755 value", "new/er/": "5 755",
	})
}

func TestReplaced(t *testing.T) {
	o := newOverlay(t, `mkdir a a/in b; echo old > a/old; echo x > a/in/x; echo x > b/x; echo x > file`)
	o.shell(o.merged, `umask 022; rm -r a; mkdir a; echo new > a/new; rm -r b; echo flat > b; rm file; mkdir file; echo x > file/x; mkdir fresh`)
	o.expect(map[string]string{
		"a/": "5 755", "a/.wh..wh..opq": "0 0", "a/new": "0 644 new", "b": "0 644 flat",
		"file/": "5 755", "file/x": "0 644 x", "fresh/": "5 755",
	})
}

// The overlay moves a folder of the image by a note of where its content is.
func TestMoved(t *testing.T) {
	o := newOverlay(t, `mkdir -p from/deep/er to; echo 1 > from/one; echo 2 > from/deep/two; echo 3 > from/deep/er/three; echo 4 > from/four; ln from/one from/linked`)
	o.shell(o.merged, `umask 022; mv from to/there; echo new > to/there/deep/new; rm to/there/four; mv to/there/deep/er to/there/deep/other; mkdir from; echo again > from/one`)
	found := o.layer()
	if one, linked := found["to/there/one"], found["to/there/linked"]; strings.HasPrefix(one, "1 ") == strings.HasPrefix(linked, "1 ") {
		t.Errorf("%q %q", one, linked)
	}
	o.shell(o.merged, "rm to/there/one to/there/linked")
	o.expect(map[string]string{
		"from/": "5 755", "from/.wh..wh..opq": "0 0", "from/one": "0 644 again", "to/": "5 755", "to/there/": "5 755",
		"to/there/deep/": "5 755", "to/there/deep/two": "0 644 2", "to/there/deep/new": "0 644 new",
		"to/there/deep/other/": "5 755", "to/there/deep/other/three": "0 644 3",
	})
}

// A moved folder in the place of another hides what was there.
func TestMovedOver(t *testing.T) {
	o := newOverlay(t, `mkdir one two; echo 1 > one/1; echo 2 > two/2`)
	o.shell(o.merged, `rm -r two; mv one two`)
	o.expect(map[string]string{".wh.one": "0 0", "two/": "5 755", "two/.wh..wh..opq": "0 0", "two/1": "0 644 1"})
}

func TestWhatIsTheProducts(t *testing.T) {
	o := newOverlay(t, `mkdir etc; : > etc/hosts`)
	o.changes.Hidden = []string{"/proc", "/.sandbox"}
	o.changes.Placed = map[string]string{"/etc/hostname": "box\n", "/etc/hosts": "127.0.0.1 box\n"}
	o.shell(o.merged, `umask 022; mkdir proc .sandbox; echo x > .sandbox/x; echo box > etc/hostname; echo "127.0.0.1 mine" > etc/hosts; mkdir -p srv/proc`)
	o.expect(map[string]string{"etc/": "5 755", "etc/hosts": "0 644 127.0.0.1 mine", "srv/": "5 755", "srv/proc/": "5 755"})
}

func TestNamesThatALayerCannotHold(t *testing.T) {
	o := newOverlay(t, `mkdir a; echo x > a/x`)
	o.shell(o.merged, `echo y > a/y; ln a/y a/.wh.x`)
	err := Write(t.Context(), io.Discard, o.changes)
	if at, ok := errors.AsType[*PathError](err); !ok || at.Path != "/a/.wh.x" || !errors.Is(err, errReserved) {
		t.Error(err)
	}
}

func TestExportCanBeCancelled(t *testing.T) {
	o := newOverlay(t, `:`)
	o.shell(o.merged, `for i in 1 2 3; do echo x > $i; done`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := Write(ctx, &out, o.changes); !errors.Is(err, context.Canceled) || out.Len() != 0 {
		t.Error(err, out.Len())
	}
}
