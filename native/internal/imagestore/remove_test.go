package imagestore

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

func TestNamesOfOneImage(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1", "b:1")
	removal, err := store.Remove(context.Background(), []Target{find(t, store, "a:1")})
	if err != nil || len(removal.Digests) != 0 || removal.Freed != 0 || len(removal.References) != 1 {
		t.Fatalf("%+v %v", removal, err)
	}
	if store.Lookup(digest) == nil {
		t.Fatal("the image went with one of its names")
	}
	removal, err = store.Remove(context.Background(), []Target{find(t, store, "b:1")})
	if err != nil || len(removal.Digests) != 1 || removal.Freed == 0 {
		t.Fatalf("%+v %v", removal, err)
	}
	if left := filesIn(t, filepath.Join(store.dir, imagesFolder)); left != "" || blobCount(t, store) != 0 {
		t.Errorf("left: %s, %d blobs", left, blobCount(t, store))
	}
	if _, err := store.Find("b:1", "b:1", linux); err == nil {
		t.Error("the name is still there")
	}
}

func TestImageByDigestGoesWithItsNames(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1", "b:1")
	for _, given := range []string{digest.String(), digest.Hex, digest.Hex[:6], "sha256:" + digest.Hex[:8]} {
		if target := find(t, store, given); target.Digest != digest || !target.Whole || len(target.References) != 2 {
			t.Errorf("%s: %+v", given, target)
		}
	}
	for _, given := range []string{digest.Hex[:3], "sha256:", "ffff" + digest.Hex[:4], "latest"} {
		_, err := store.Find(given, "", linux)
		expectCode(t, err, failurev1.Code_CODE_IMAGE_NOT_CACHED, given)
	}
	removal, err := store.Remove(context.Background(), []Target{find(t, store, digest.Hex[:6])})
	if err != nil || len(removal.Digests) != 1 || len(removal.References) != 2 || described(t, store) != "" {
		t.Errorf("%+v %v", removal, err)
	}
}

func TestSharedLayersStay(t *testing.T) {
	store := open(t, t.TempDir())
	addImage(t, store, []string{"base", "one"}, "a:1")
	addImage(t, store, []string{"base", "two"}, "b:1")
	if _, err := store.Remove(context.Background(), []Target{find(t, store, "a:1")}); err != nil {
		t.Fatal(err)
	}
	if count := blobCount(t, store); count != 4 { // manifest, configuration, two layers
		t.Errorf("%d blobs", count)
	}
}

func TestUsedImageStays(t *testing.T) {
	store := open(t, t.TempDir())
	used := addImage(t, store, []string{"used"}, "used:1", "used:2")
	addImage(t, store, []string{"free"}, "free:1")
	hold, err := Use(context.Background(), store.Lookup(used).RootDisk, User{Project: "/p", Sandbox: "Sandboxfile/app"})
	if err != nil {
		t.Fatal(err)
	}
	before := described(t, store)
	both := []Target{find(t, store, "free:1"), find(t, store, used.String())}
	_, err = store.Remove(context.Background(), both)
	expectCode(t, err, failurev1.Code_CODE_IMAGE_IN_USE, "Sandboxfile/app of /p")
	if after := described(t, store); after != before {
		t.Errorf("not all or none:\n%s\n%s", before, after)
	}
	// A name may go while another is left.
	if _, err := store.Remove(context.Background(), []Target{find(t, store, "used:2")}); err != nil {
		t.Error(err)
	}
	_, err = store.Remove(context.Background(), []Target{find(t, store, "used:1")})
	expectCode(t, err, failurev1.Code_CODE_IMAGE_IN_USE, "used:1")
	if err := hold.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Remove(context.Background(), both); err != nil {
		t.Error(err)
	}
}

func TestReferenceToAnImageThatIsGone(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1")
	if err := os.RemoveAll(store.folder(digest)); err != nil {
		t.Fatal(err)
	}
	removal, err := store.Remove(context.Background(), []Target{find(t, store, "a:1")})
	if err != nil || len(removal.Digests) != 0 || len(removal.References) != 1 {
		t.Errorf("%+v %v", removal, err)
	}
	if left := filesIn(t, filepath.Join(store.dir, imagesFolder)); left != "" {
		t.Errorf("left: %s", left)
	}
}

// The name has come to mean another image between looking and removing.
func TestNameThatHasMoved(t *testing.T) {
	store := open(t, t.TempDir())
	addImage(t, store, []string{"old"}, "a:1")
	target := find(t, store, "a:1")
	moved := addImage(t, store, []string{"new"}, "a:1")
	if _, err := store.Remove(context.Background(), []Target{target}); err != nil {
		t.Fatal(err)
	}
	if now, exists := store.Reference("a:1", linux); !exists || now.Digest != moved {
		t.Errorf("%+v %v", now, exists)
	}
}
