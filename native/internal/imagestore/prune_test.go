package imagestore

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

const kilo = 1 << 10

func large(name string) []string { return []string{strings.Repeat(name, 100*kilo)} }

func names(t *testing.T, store *Store) string {
	t.Helper()
	all, _, err := store.References()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, reference := range all {
		found = append(found, reference.Name)
	}
	return strings.Join(found, " ")
}

func prune(t *testing.T, store *Store, keep int64) *Removal {
	t.Helper()
	removal, err := store.Prune(context.Background(), keep)
	if err != nil {
		t.Fatal(err)
	}
	return removal
}

func TestLeastRecentlyUsedGoFirst(t *testing.T) {
	store := open(t, t.TempDir())
	var all []v1.Hash
	for _, name := range []string{"a", "b", "c", "d"} {
		all = append(all, addImage(t, store, large(name), name))
	}
	aged(t, store, time.Hour, all[1], all[3], all[0], all[2])
	hold, err := Use(context.Background(), filepath.Join(store.folder(all[3]), rootFile), User{})
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Release()
	aged(t, store, time.Hour, all[1], all[3], all[0], all[2])
	// Each image is 100 KiB of root file and as much of blobs, and a little.
	removal := prune(t, store, 450*kilo)
	if left := names(t, store); left != "c d" || removal.Freed < 400*kilo {
		t.Errorf("left %s, freed %d", left, removal.Freed)
	}
	if !slices.Equal(removal.References, []string{"b", "a"}) {
		t.Errorf("%v", removal.References)
	}
	if count := blobCount(t, store); count != 6 {
		t.Errorf("%d blobs", count)
	}
	prune(t, store, 0)
	if left := names(t, store); left != "d" {
		t.Errorf("left %s: not what is used", left)
	}
}

func TestGarbageGoes(t *testing.T) {
	store := open(t, t.TempDir())
	addImage(t, store, []string{"base", "old"}, "a:1")
	kept := addImage(t, store, []string{"base", "new"}, "a:1")
	if _, err := addBlob(store, "of an unfinished pull"); err != nil {
		t.Fatal(err)
	}
	partial := filepath.Join(store.dir, "blobs", "partial", digestOf(t, "x").Hex)
	if err := os.WriteFile(partial, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	removal := prune(t, store, math.MaxInt64)
	if len(removal.Digests) != 1 || described(t, store) != kept.String()[:12]+" a:1" {
		t.Errorf("%+v, left %s", removal, described(t, store))
	}
	if count, left := blobCount(t, store), filesIn(t, filepath.Dir(partial)); count != 4 || left != "" {
		t.Errorf("%d blobs, partial: %s", count, left)
	}
}

// After an import what has just come or been used stays, whatever the limit, and so does what an
// interrupted pull has brought.
func TestTrimLeavesTheLatest(t *testing.T) {
	store := open(t, t.TempDir())
	old := addImage(t, store, large("o"), "old")
	unnamed := addImage(t, store, large("u"))
	aged(t, store, time.Hour, old, unnamed)
	addImage(t, store, large("n"), "new")
	addImage(t, store, large("m"))
	if _, err := addBlob(store, "of an unfinished pull"); err != nil {
		t.Fatal(err)
	}
	if removal, err := open(t, store.dir).Trim(context.Background(), 0); err != nil || len(removal.Digests) > 0 {
		t.Errorf("a process that has added nothing: %+v %v", removal, err)
	}
	done, err := store.Adding(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if removal, err := store.Trim(context.Background(), 0); err != nil || len(removal.Digests) > 0 {
		t.Errorf("while somebody adds: %+v %v", removal, err)
	}
	done()
	if removal, err := store.Trim(context.Background(), 0); err != nil || len(removal.Digests) != 2 {
		t.Errorf("%+v %v", removal, err)
	}
	if left := names(t, store); left != "new" || blobCount(t, store) != 7 {
		t.Errorf("left %s, %d blobs", left, blobCount(t, store))
	}
}

func TestPruneWaitsForThoseWhoAdd(t *testing.T) {
	store := open(t, t.TempDir())
	done, err := store.Adding(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := store.Prune(ctx, 0); err == nil {
		t.Error("did not wait")
	}
}

func TestSizeLimit(t *testing.T) {
	for text, expected := range map[string]int64{
		"": 20 << 30, "0": 0, "1024": 1024, "10K": 10 << 10, "5 MiB": 5 << 20, "20gb": 20 << 30, "2T": 2 << 40, "none": math.MaxInt64,
	} {
		t.Setenv(limitVariable, text)
		if limit, err := SizeLimit(); err != nil || limit != expected {
			t.Errorf("%q: %d %v", text, limit, err)
		}
	}
	for _, text := range []string{"much", "-1", "1.5G", "5X", "9999999999T", "G"} {
		t.Setenv(limitVariable, text)
		_, err := SizeLimit()
		expectCode(t, err, failurev1.Code_CODE_SETTING, limitVariable)
	}
}
