package imagestore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

func TestPlacedImageIsOneOfTheStore(t *testing.T) {
	store, digest, elsewhere := open(t, t.TempDir()), digestOf(t, "image"), filepath.Join(t.TempDir(), "disk")
	for range 2 {
		if err := store.Place(digest, elsewhere); err != nil {
			t.Fatal(err)
		}
	}
	put := func() (*Image, error) {
		return store.Import(context.Background(), digest, Description{}, writing("content"))
	}
	if _, err := put(); err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(elsewhere, "sha256-"+digest.Hex)
	if data, err := os.ReadFile(filepath.Join(place, rootFile)); err != nil || string(data) != "content" {
		t.Fatalf("%q %v", data, err)
	}
	if err := store.Place(digest, t.TempDir()); err != nil || store.Lookup(digest) == nil {
		t.Fatalf("%v, or it has moved", err)
	}

	// The disk is not there for a while.
	if err := os.Rename(elsewhere, elsewhere+".off"); err != nil {
		t.Fatal(err)
	}
	if store.Lookup(digest) != nil {
		t.Error("found without its disk")
	}
	_, err := put()
	expectCode(t, err, failurev1.Code_CODE_STORE, place)
	if err := os.Rename(elsewhere+".off", elsewhere); err != nil {
		t.Fatal(err)
	}
	if store.Lookup(digest) == nil {
		t.Error("not found with its disk")
	}

	target, err := store.Find(digest.String(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if removal, err := store.Remove(context.Background(), []Target{*target}); err != nil || len(removal.Digests) != 1 {
		t.Fatal(removal, err)
	}
	for _, path := range []string{place, store.folder(digest)} {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("left: %s", path)
		}
	}
}

func TestImageThatIsThereStaysInItsPlace(t *testing.T) {
	store, digest, elsewhere := open(t, t.TempDir()), digestOf(t, "image"), t.TempDir()
	if _, err := store.Import(context.Background(), digest, Description{}, writing("content")); err != nil {
		t.Fatal(err)
	}
	if err := store.Place(digest, elsewhere); err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, elsewhere); left != "" || store.Lookup(digest) == nil {
		t.Errorf("left: %s", left)
	}
	if err := store.Place(v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}, "/proc/nowhere"); err == nil {
		t.Error("a place that cannot be made")
	}
}
