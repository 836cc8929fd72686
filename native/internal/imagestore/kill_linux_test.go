package imagestore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/killtest"
)

// TestStoreLife is no test but the process that TestKilledAtEachStep kills.
func TestStoreLife(t *testing.T) {
	dir := os.Getenv("MENV_TEST_LIFE")
	if dir == "" {
		t.Skip("only for TestKilledAtEachStep")
	}
	store := open(t, dir)
	digest := addImage(t, store, []string{"base", "new"}, "new:1", "new:2")
	hold, err := Use(context.Background(), filepath.Join(store.folder(digest), rootFile), User{Sandbox: "s"})
	if err != nil || hold.Release() != nil {
		t.Fatal(err)
	}
	if _, err := store.Remove(context.Background(), []Target{find(t, store, "old:1")}); err != nil {
		t.Fatal(err)
	}
	prune(t, store, 0)
}

// Whatever a killed process leaves, every image that is there is whole, names lead to images or are
// known not to, and the next process can add, remove and prune to nothing.
func TestKilledAtEachStep(t *testing.T) {
	var dir string
	environment := []string{""}
	arguments := []string{"-test.run", "^TestStoreLife$"}
	steps := killtest.EachStep(t, arguments, environment, func(int) {
		dir = t.TempDir()
		environment[0] = "MENV_TEST_LIFE=" + dir
		addImage(t, open(t, dir), []string{"base", "old"}, "old:1")
	}, func(step int) {
		store := open(t, dir)
		entries, damaged, err := store.List()
		if err != nil || len(damaged) > 0 {
			t.Fatalf("step %d: %v %v", step, damaged, err)
		}
		for _, entry := range entries {
			content, err := os.ReadFile(entry.RootDisk)
			if text := string(content); err != nil || text != "baseold" && text != "basenew" || len(entry.Users) > 0 {
				t.Errorf("step %d: %q %v, used by %v", step, text, err, entry.Users)
			}
		}
		addImage(t, store, []string{"base", "new"}, "new:1")
		if _, err := store.Remove(context.Background(), []Target{find(t, store, "new:1")}); err != nil {
			t.Errorf("step %d: %v", step, err)
		}
		if left, err := durable.Leftovers(filepath.Join(dir, refsFolder)); err != nil || len(left) > 0 {
			t.Errorf("step %d: the next process left %v, %v", step, left, err)
		}
		prune(t, store, 0)
		if left := allFiles(t, dir); left != "lock refs/lock" {
			t.Errorf("step %d: left %s", step, left)
		}
	})
	t.Logf("%d steps", steps)
	if steps < 40 {
		t.Errorf("only %d steps", steps)
	}
}

func allFiles(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}
