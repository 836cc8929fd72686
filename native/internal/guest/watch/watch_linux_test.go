package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
		ended <- w.Run(ctx, func(batch []Change) error {
			for _, change := range batch {
				changes <- change
			}
			return nil
		})
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

// However often a file changes, deliveries keep their distance, and the last change is told.
func TestBurstsAreDeliveredTogether(t *testing.T) {
	dir := t.TempDir()
	root, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w, err := New(ctx, tree.New(int(root.Fd())).Open, "/", false)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	deliveries, told := 0, 0
	ended := make(chan error, 1)
	errLast := errors.New("the last change")
	go func() {
		ended <- w.Run(ctx, func(batch []Change) error {
			deliveries++
			told += len(batch)
			if len(batch) > MaxBatch {
				t.Errorf("%d changes at once", len(batch))
			}
			if batch[len(batch)-1] == (Change{Deleted, "/last"}) {
				return errLast
			}
			return nil
		})
	}()
	for i := range 3000 {
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i%2)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "last"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "last")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, errLast) {
		t.Fatal(err)
	}
	if most := 1 + int(time.Since(began)/pause); deliveries > most {
		t.Fatalf("%d deliveries, at most %d are due", deliveries, most)
	}
	if told > 6*deliveries+6 {
		t.Fatalf("%d changes of two files in %d deliveries", told, deliveries)
	}
}

func TestBatchKeepsTheOrder(t *testing.T) {
	var seen [][]Change
	b := newBatch(func(changes []Change) error { seen = append(seen, slices.Clone(changes)); return nil })
	for _, change := range []Change{
		{Created, "/a"}, {Changed, "/a"}, {Changed, "/b"}, {Changed, "/a"}, {Deleted, "/a"}, {Created, "/a"}, {Changed, "/a"}, {Changed, "/b"},
	} {
		if err := b.add(change); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.flush(); err != nil {
		t.Fatal(err)
	}
	want := []Change{{Created, "/a"}, {Changed, "/a"}, {Changed, "/b"}, {Deleted, "/a"}, {Created, "/a"}, {Changed, "/a"}}
	if len(seen) != 1 || !slices.Equal(seen[0], want) {
		t.Fatalf("%v", seen)
	}
	for i := range MaxBatch + 1 {
		if err := b.add(Change{Created, strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 2 || len(seen[1]) != MaxBatch {
		t.Fatalf("%d deliveries", len(seen))
	}
}

func TestWatchOfNothing(t *testing.T) {
	_, err := New(context.Background(), func(string, int, uint32) (*os.File, error) { return nil, unix.ENOENT }, "/x", false)
	if err == nil {
		t.Fatal("watches nothing")
	}
}
