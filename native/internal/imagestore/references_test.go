package imagestore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

func TestReferencesByNameAndPlatform(t *testing.T) {
	store := open(t, t.TempDir())
	one, two := digestOf(t, "one"), digestOf(t, "two")
	set := func(reference Reference) {
		t.Helper()
		if err := store.SetReference(context.Background(), reference); err != nil {
			t.Fatal(err)
		}
	}
	set(Reference{Name: "a:1", Platform: linux, Digest: one})
	set(Reference{Name: "a:1", Platform: "linux/arm64", Digest: two, Index: one})
	long := "/" + strings.Repeat("long/", 800) + "\xff"
	set(Reference{Name: long, Platform: linux, Digest: two})
	for platform, digest := range map[string]string{linux: one.String(), "linux/arm64": two.String(), "linux/riscv64": ""} {
		found, exists := store.Reference("a:1", platform)
		if exists != (digest != "") || exists && found.Digest.String() != digest {
			t.Errorf("%s: %+v", platform, found)
		}
	}
	if found, exists := store.Reference(long, linux); !exists || found.Digest != two {
		t.Errorf("%+v %v", found, exists)
	}
	all, damaged, err := store.References()
	if err != nil || len(all) != 3 || len(damaged) != 0 {
		t.Errorf("%v %v %v", all, damaged, err)
	}
	// A name for all platforms, meaning this one's image.
	target := find(t, store, "a:1")
	if target.Digest != one || len(target.References) != 2 {
		t.Errorf("%+v", target)
	}
	set(Reference{Name: "a:1", Platform: linux, Digest: two})
	if found, _ := store.Reference("a:1", linux); found.Digest != two {
		t.Errorf("not moved: %+v", found)
	}
}

func TestDamagedRecordsAreNamedAndHarmless(t *testing.T) {
	store := open(t, t.TempDir())
	good := addImage(t, store, []string{"good"}, "good:1")
	broken := addImage(t, store, []string{"broken"}, "broken:1")
	lost := addImage(t, store, []string{"lost"}, "lost:1")
	damage := map[string]string{
		store.referencePath("broken:1", linux):          "{",
		filepath.Join(store.folder(broken), recordFile): `{"digest":"sha256:other"}`,
	}
	for path, content := range damage {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(store.folder(lost), rootFile)); err != nil {
		t.Fatal(err)
	}
	entries, damaged, err := store.List()
	if err != nil || len(entries) != 1 || entries[0].Digest != good.String() || len(damaged) != 3 {
		t.Fatalf("%+v %+v %v", entries, damaged, err)
	}
	if _, exists := store.Reference("broken:1", linux); exists {
		t.Error("a damaged name is there")
	}
	_, err = store.Entry(find(t, store, "lost:1"))
	expectCode(t, err, failurev1.Code_CODE_IMAGE_NOT_FOUND, "lost:1")
	// Bringing it in again repairs, and so does pruning.
	addImage(t, store, []string{"broken"}, "broken:1")
	if _, err := store.Prune(context.Background(), 1<<30); err != nil {
		t.Fatal(err)
	}
	if _, damaged, err := store.List(); err != nil || len(damaged) != 0 {
		t.Errorf("%v %v", damaged, err)
	}
	if store.Lookup(good) == nil || store.Lookup(broken) == nil || store.Lookup(lost) != nil {
		t.Error("the wrong images are there")
	}
}
