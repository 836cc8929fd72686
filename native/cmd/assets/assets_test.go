package main

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/imagestore"
)

var program = debianFile{data: []byte("ELF\x00[\x00[[\x00cat\x00sh\x00busybox\x00\x00rest"), modified: time.Unix(1_700_000_000, 0)}

func TestAppletNames(t *testing.T) {
	names, err := appletNames(program.data)
	if err != nil || strings.Join(names, " ") != "[ [[ cat sh" {
		t.Errorf("%q %v", names, err)
	}
	for name, data := range map[string]string{
		"no table": "ELF", "no end": "\x00[\x00[[\x00cat", "a path": "\x00[\x00[[\x00a/b\x00\x00",
	} {
		if names, err := appletNames([]byte(data)); err == nil {
			t.Errorf("%s: %q", name, names)
		}
	}
}

func writeBusybox(t *testing.T) []byte {
	t.Helper()
	root, err := busyboxRoot(program, debianFile{data: []byte("licence")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeLayout(&out, "arm64", root, program.modified); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBuiltinImageIsReproducible(t *testing.T) {
	if !bytes.Equal(writeBusybox(t), writeBusybox(t)) {
		t.Error("two builds differ")
	}
}

func TestBuiltinImageResolves(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "busybox.tar")
	if err := os.WriteFile(archive, writeBusybox(t), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := imagestore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	resolver := &image.Resolver{
		Store: store, Builtin: archive, Platform: v1.Platform{OS: "linux", Architecture: "arm64"}, Progress: func(int64, int64) {},
	}
	found, err := resolver.Resolve(context.Background(), image.BuiltinName)
	if err != nil || !slices.Equal(found.Config.Cmd, []string{"/bin/sh"}) {
		t.Errorf("%+v %v", found, err)
	}
}

func TestBuiltinRootModes(t *testing.T) {
	root, err := busyboxRoot(program, debianFile{})
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]int64{"./tmp/": 0o1777, "./root/": 0o700, "./bin/busybox": 0o755, "./etc/shadow": 0o640}
	for entries := tar.NewReader(bytes.NewReader(root)); ; {
		header, err := entries.Next()
		if err != nil {
			break
		}
		if mode, listed := expected[header.Name]; listed && mode != header.Mode {
			t.Errorf("%s: %o", header.Name, header.Mode)
		}
		delete(expected, header.Name)
	}
	if len(expected) > 0 {
		t.Errorf("missing: %v", expected)
	}
}

func TestAgentDisk(t *testing.T) {
	folder := t.TempDir()
	agent, disk := filepath.Join(folder, "agent"), filepath.Join(folder, "agent.img")
	if err := os.WriteFile(agent, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"agent-disk", "--input", agent, "--input", agent, "--input", agent, "--out", disk}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(disk); err != nil || info.Size() != 5*4096 {
		t.Errorf("%v %v", info, err)
	}
}

func TestEmptyDisk(t *testing.T) {
	for _, tool := range []string{"mke2fs", "debugfs", "dumpe2fs", "e2fsck"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (e2fsprogs)", tool)
		}
	}
	disk := filepath.Join(t.TempDir(), "empty.img")
	if err := run(t.Context(), []string{"empty-disk", "--out", disk}); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("e2fsck", "-f", "-n", disk).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
	// debugfs exits with 0 whatever became of its command.
	list, err := exec.Command("debugfs", "-R", "ls -p /", disk).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"/040755/0/0/upper/", "/040755/0/0/work/"} {
		if !strings.Contains(string(list), folder) {
			t.Errorf("no %s in\n%s", folder, list)
		}
	}
	groups, err := exec.Command("dumpe2fs", disk).Output()
	if err != nil {
		t.Fatal(err)
	}
	// A group without the mark would be zeroed by a thread in every guest.
	if all, zeroed := strings.Count(string(groups), ": (Blocks "), strings.Count(string(groups), "ITABLE_ZEROED"); all == 0 || all != zeroed {
		t.Errorf("%d of %d groups are zeroed", zeroed, all)
	}
}
