package image

import (
	"bytes"
	"math"
	"os"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/killtest"
)

const madeName = "docker.io/library/made:v1"

// commitIn puts a layer on top of the one image that the store has under the name base.
func commitIn(t *testing.T, dir string) *Loaded {
	t.Helper()
	store := openStore(t, dir)
	base, exists := store.Reference("docker.io/library/base:latest", "linux/amd64")
	if !exists {
		t.Fatal("no base")
	}
	resolver := *newResolver(t)
	resolver.Store = store
	committer := &Committer{
		Loader: Loader{Resolver: resolver, Name: madeName}, Base: base.Digest,
		Created: time.Unix(1_700_000_000, 0).UTC(), Received: func(int64, int64) {},
	}
	made, err := committer.Commit(t.Context(), bytes.NewReader(layerOf(t, "added", "more")))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestCommitProcess is no test but the process that the next one kills.
func TestCommitProcess(t *testing.T) {
	dir := os.Getenv("MENV_TEST_COMMIT")
	if dir == "" {
		t.Skip("only for TestCommitKilledAtEachStep")
	}
	commitIn(t, dir)
}

func TestCommitKilledAtEachStep(t *testing.T) {
	layout := newLayout(t, map[string]v1.Image{"": newImage(t, "amd64", "")})
	var dir, digest string
	environment := []string{""}
	steps := killtest.EachStep(t, []string{"-test.run", "^TestCommitProcess$"}, environment, func(int) {
		dir = t.TempDir()
		environment[0] = "MENV_TEST_COMMIT=" + dir
		resolver := *newResolver(t)
		resolver.Store = openStore(t, dir)
		_, err := (&Loader{Resolver: resolver, Name: "docker.io/library/base:latest"}).Load(t.Context(), layout)
		must(t, err)
	}, func(step int) {
		store := openStore(t, dir)
		if known, exists := store.Reference(madeName, "linux/amd64"); exists {
			kept, err := openKept(store.Blobs(), known.Digest)
			if err != nil || store.Lookup(known.Digest) == nil {
				t.Fatalf("step %d: the name leads to no image: %v", step, err)
			}
			kept.close()
		}
		made := commitIn(t, dir)
		if digest == "" {
			digest = made.Digest
		}
		if made.Digest != digest {
			t.Errorf("step %d: another image", step)
		}
		if _, err := store.Prune(t.Context(), math.MaxInt64); err != nil {
			t.Error(err)
		}
		if left := unfinished(t, dir); len(left) > 0 {
			t.Errorf("step %d: left: %v", step, left)
		}
	})
	t.Logf("%d steps", steps)
	if steps < 20 {
		t.Errorf("only %d steps", steps)
	}
}
