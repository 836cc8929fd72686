package rundir

import (
	"os"
	"path/filepath"
	"testing"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

func tree(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func TestCleanDeletesNothingWhileOneRuns(t *testing.T) {
	root, idle, busy := tree(t, "menv/rw/disk.img"), private(t), private(t)
	owner, err := Claim(busy)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := owner.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go answer(listener)
	if err := Clean([]string{idle, busy}, root, []string{"menv"}); code(err) != failurev1.Code_CODE_ALREADY_RUNNING {
		t.Fatalf("%v", err)
	}
	if !exists(filepath.Join(root, "menv/rw/disk.img")) {
		t.Fatal("deleted under a running sandbox")
	}
	if err := owner.Release(); err != nil {
		t.Fatal(err)
	}
	listener.Close()
	gone := filepath.Join(t.TempDir(), "gone")
	if err := Clean([]string{idle, busy, gone}, root, []string{"menv", "never/was"}); err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(root, "menv")) {
		t.Fatal("still there")
	}
	if _, err := Claim(busy); err != nil {
		t.Fatalf("the folder was not given back: %v", err)
	}
}

func TestCleanIsNotLedOut(t *testing.T) {
	root, outside := tree(t, "menv/log/a.log"), tree(t, "Sandboxfile/app/precious")
	if err := os.Symlink(outside, filepath.Join(root, "menv/rw")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"menv/rw/Sandboxfile/app", "../" + filepath.Base(outside)} {
		if err := Clean(nil, root, []string{name}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Clean(nil, root, []string{"menv"}); err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(root, "menv")) || !exists(filepath.Join(outside, "Sandboxfile/app/precious")) {
		t.Fatal("led out, or not deleted")
	}
}
