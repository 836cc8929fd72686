package tree

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func newTree(t *testing.T) (*Tree, string) {
	dir := t.TempDir()
	root, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return New(int(root.Fd())), dir
}

func TestNothingLeadsOut(t *testing.T) {
	files, dir := newTree(t)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"absolute": outside, "up": "../../../../../../../.." + outside, "loop": "loop",
		"magic": "/proc/self/root" + outside,
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"/absolute", "/up", "/loop", "/magic", "/../../../../../.." + outside} {
		if file, err := files.Open(name, unix.O_RDONLY, 0); err == nil {
			t.Errorf("%s leads to %s", name, file.Name())
		}
	}
}

func TestAbsoluteSymlinksMeanTheSandbox(t *testing.T) {
	files, dir := newTree(t)
	if err := os.WriteFile(filepath.Join(dir, "real"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if content, err := files.ReadSmall("/link", 100); err != nil || string(content) != "content" {
		t.Fatalf("%q %v", content, err)
	}
	if _, err := files.ReadSmall("/link", 3); !errors.Is(err, unix.EFBIG) {
		t.Fatal(err)
	}
}

func TestFIFODoesNotBlock(t *testing.T) {
	files, dir := newTree(t)
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.ReadSmall("/fifo", 100); !errors.Is(err, unix.EINVAL) {
		t.Fatal(err)
	}
}

func TestCloseEndsOperations(t *testing.T) {
	files, _ := newTree(t)
	inside := make(chan struct{})
	ended := make(chan error)
	go func() {
		ended <- files.Use(context.Background(), func(ctx context.Context) error {
			close(inside)
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-inside
	closed := files.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-closed
	if err := files.Use(context.Background(), func(context.Context) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}
