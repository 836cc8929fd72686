//go:build linux

package image

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/treetest"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func newRoot(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	at := func(name string) string { return filepath.Join(root, name) }
	must(t,
		os.MkdirAll(at("bin/deep/er"), 0o755),
		os.WriteFile(at("bin/tool"), []byte("tool"), 0o755),
		os.Link(at("bin/tool"), at("bin/deep/tool2")),
		os.Symlink("/etc/passwd", at("outside")),
		os.Symlink("../../..", at("bin/up")),
		unix.Mkfifo(at("pipe"), 0o600),
		os.WriteFile(at("empty"), nil, 0o640),
		os.WriteFile(at("bytes-\xff"), []byte{0, 1}, 0o600),
		unix.Setxattr(at("empty"), "user.note", []byte("kept"), 0),
	)
	if os.Geteuid() == 0 {
		must(t, unix.Mknod(at("null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))),
			os.Lchown(at("bin/tool"), 1234, 70_000), unix.Chmod(at("bin/tool"), 0o6755))
	}
	return root
}

func TestRootFolder(t *testing.T) {
	root := newRoot(t)
	expected := treetest.Describe(t, root)
	listener, err := net.Listen("unix", filepath.Join(root, "bin/deep/er/s"))
	must(t, err)
	defer listener.Close()
	expected["bin/deep/er"] = treetest.Describe(t, root)["bin/deep/er"] // the socket changed its time

	resolver := newResolver(t)
	found := resolve(t, resolver, root)
	if again := resolve(t, resolver, root); again.RootDisk != found.RootDisk {
		t.Error("an unchanged folder became another image")
	}
	treetest.Compare(t, treetest.Describe(t, treetest.Mount(t, found.RootDisk)), expected)
}

func TestEachChangeOfAFolderIsSeen(t *testing.T) {
	root := newRoot(t)
	resolver := newResolver(t)
	seen := map[string]string{resolve(t, resolver, root).Digest: "the start"}
	for name, change := range map[string]func() error{
		"content of the same size and time": func() error {
			path := filepath.Join(root, "bin/tool")
			info, err := os.Stat(path)
			must(t, err, os.WriteFile(path, []byte("TOOL"), 0o755))
			return os.Chtimes(path, time.Time{}, info.ModTime())
		},
		"mode":   func() error { return os.Chmod(filepath.Join(root, "bin"), 0o700) },
		"name":   func() error { return os.Rename(filepath.Join(root, "empty"), filepath.Join(root, "full")) },
		"new":    func() error { return os.Mkdir(filepath.Join(root, "new"), 0o755) },
		"target": func() error { return os.Symlink("x", filepath.Join(root, "new-link")) },
	} {
		must(t, change())
		digest := resolve(t, resolver, root).Digest
		if before, known := seen[digest]; known {
			t.Errorf("%s: same image as %s", name, before)
		}
		seen[digest] = name
	}
}

func TestFolderThatChangesWhileItIsRead(t *testing.T) {
	root := newRoot(t)
	resolver := newResolver(t)
	touched := 0
	path := filepath.Join(root, "grows")
	must(t, os.WriteFile(path, []byte("x"), 0o600))
	resolver.Progress = func(int64, int64) {
		if touched++; touched == 1 {
			must(t, os.WriteFile(path, []byte("yy"), 0o600))
		}
	}
	found := resolve(t, resolver, root)
	if again := resolve(t, resolver, root); again.Digest != found.Digest {
		t.Error("the image is not the folder's last state")
	}
	resolver.Progress = func(int64, int64) {
		touched++
		must(t, os.WriteFile(path, make([]byte, touched), 0o600))
	}
	must(t, os.WriteFile(path, nil, 0o600))
	expectFailure(t, resolver, root, failurev1.Code_CODE_IMAGE_INVALID, "changed")
}

func TestUnreadableFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	root := newRoot(t)
	must(t, os.Chmod(filepath.Join(root, "bin/tool"), 0))
	expectFailure(t, newResolver(t), root, failurev1.Code_CODE_IMAGE_INVALID, "bin/tool")
}

func TestFolderIsNotModified(t *testing.T) {
	root := newRoot(t)
	before := treetest.Describe(t, root)
	if _, err := newResolver(t).Resolve(context.Background(), root); err != nil {
		t.Fatal(err)
	}
	treetest.Compare(t, treetest.Describe(t, root), before)
}
