package watch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/tree"
)

func TestRecursiveWatchFollowsTheTree(t *testing.T) {
	dir := t.TempDir()
	root, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	files := tree.New(int(root.Fd()))
	if err := os.MkdirAll(filepath.Join(dir, "w/a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := New(ctx, files.Open, "/w", true)
	if err != nil {
		t.Fatal(err)
	}
	changes := make(chan Change, 1000)
	ended := make(chan error, 1)
	go func() {
		ended <- w.Run(ctx, func(change Change) error { changes <- change; return nil })
		close(changes)
	}()
	await := func(want Change) {
		t.Helper()
		for got := range changes {
			if got == want {
				return
			}
		}
		t.Fatalf("never saw %v", want)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "w/a/b/file"), []byte("x"), 0o600))
	await(Change{Created, "/w/a/b/file"})
	await(Change{Changed, "/w/a/b/file"})
	must(os.MkdirAll(filepath.Join(dir, "w/new/deep"), 0o755))
	await(Change{Created, "/w/new"})
	await(Change{Created, "/w/new/deep"})
	must(os.Rename(filepath.Join(dir, "w/new"), filepath.Join(dir, "w/moved")))
	await(Change{Deleted, "/w/new"})
	await(Change{Created, "/w/moved"})
	must(os.WriteFile(filepath.Join(dir, "w/moved/deep/file"), nil, 0o600))
	await(Change{Created, "/w/moved/deep/file"})
	must(os.RemoveAll(filepath.Join(dir, "w")))
	await(Change{Deleted, "/w"})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestWatchOfNothing(t *testing.T) {
	_, err := New(context.Background(), func(string, int, uint32) (*os.File, error) { return nil, unix.ENOENT }, "/x", false)
	if err == nil {
		t.Fatal("watches nothing")
	}
}
