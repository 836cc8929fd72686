//go:build linux

package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
)

func newCommitter(t *testing.T, name string, image v1.Image) *Committer {
	t.Helper()
	committer := &Committer{
		Loader: Loader{Resolver: *newResolver(t), Name: name}, Message: "why",
		Created: time.Unix(1_700_000_000, 0).UTC(), Received: func(int64, int64) {},
	}
	loaded, err := (&Loader{Resolver: committer.Resolver, Name: "docker.io/library/base:latest"}).
		Load(t.Context(), newLayout(t, map[string]v1.Image{"": image}))
	if err != nil {
		t.Fatal(err)
	}
	if committer.Base, err = v1.NewHash(loaded[0].Digest); err != nil {
		t.Fatal(err)
	}
	return committer
}

func layerOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	for _, name := range names {
		must(t, writer.WriteHeader(&tar.Header{Name: name, Size: int64(len(name)), Mode: 0o644}))
		_, err := io.WriteString(writer, name)
		must(t, err)
	}
	must(t, writer.Close())
	return out.Bytes()
}

func TestCommit(t *testing.T) {
	committer := newCommitter(t, "docker.io/library/made:v1", newImage(t, "amd64", ""))
	layer := layerOf(t, "added")
	committed, err := committer.Commit(t.Context(), bytes.NewReader(layer))
	if err != nil {
		t.Fatal(err)
	}
	known, exists := committer.Store.Reference("docker.io/library/made:v1", "linux/amd64")
	if !exists || known.Digest.String() != committed.Digest || committer.Store.Lookup(known.Digest) == nil {
		t.Fatalf("%v %v", known, committed)
	}
	kept, err := openKept(committer.Store.Blobs(), known.Digest)
	if err != nil {
		t.Fatal(err)
	}
	diffID, _, err := v1.SHA256(bytes.NewReader(layer))
	if err != nil {
		t.Fatal(err)
	}
	found := kept.parsed
	last := found.History[len(found.History)-1]
	if len(found.RootFS.DiffIDs) != 2 || found.RootFS.DiffIDs[1] != diffID || len(found.History) != 2 ||
		last.Comment != "why" || !last.Created.Equal(committer.Created) || !found.Created.Equal(committer.Created) {
		t.Errorf("%+v %+v", found.RootFS, found.History)
	}
	if found.Config.WorkingDir != "/w" || found.Architecture != "amd64" {
		t.Errorf("%+v", found.Config)
	}
	_, manifest, err := committer.Store.Blobs().Manifest(known.Digest)
	if err != nil || manifest.MediaType != types.DockerManifestSchema2 || manifest.Layers[1].MediaType != types.DockerLayer {
		t.Errorf("%v %+v", err, manifest)
	}
	if _, err := committer.Store.Blobs().Read(manifest.Config.Digest, blobs.MaxConfig); err != nil {
		t.Error(err)
	}
	again, err := committer.Commit(t.Context(), bytes.NewReader(layer))
	if err != nil || again.Digest != committed.Digest {
		t.Errorf("the same is another image: %v %v", again, err)
	}
}

// Whatever a sender that was killed has sent, nothing of it becomes an image.
func TestCommitOfACutLayer(t *testing.T) {
	committer := newCommitter(t, "docker.io/library/made:v1", newImage(t, "amd64", ""))
	whole := layerOf(t, "one", strings.Repeat("x", 90), "three")
	zeros := append(layerOf(t), make([]byte, 4096)...)
	if _, err := compressLayer(bytes.NewReader(zeros), io.Discard, layers.Standard); err != nil {
		t.Errorf("an empty layer with padding: %v", err)
	}
	for end := 0; end < len(whole); end += 128 {
		_, err := committer.Commit(t.Context(), bytes.NewReader(whole[:end]))
		if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != failurev1.Code_CODE_IMAGE_INVALID {
			t.Fatalf("%d of %d bytes: %v", end, len(whole), err)
		}
	}
	if _, exists := committer.Store.Reference("docker.io/library/made:v1", "linux/amd64"); exists {
		t.Error("there is an image")
	}
}

// A file of zeros at the end looks like an end mark.
func TestCutAfterZeros(t *testing.T) {
	var out bytes.Buffer
	writer := tar.NewWriter(&out)
	must(t, writer.WriteHeader(&tar.Header{Name: "zeros", Size: 4096}))
	_, err := writer.Write(make([]byte, 4096))
	must(t, err, writer.Flush())
	if _, err := compressLayer(&out, io.Discard, layers.Standard); !errors.Is(err, errCut) {
		t.Error(err)
	}
}

func TestCommitIsBounded(t *testing.T) {
	limits := layers.Limits{Bytes: 2000}
	_, err := compressLayer(bytes.NewReader(layerOf(t, "one", "two", "three")), io.Discard, limits)
	if _, bound := errors.AsType[*layers.LimitError](err); !bound {
		t.Error(err)
	}
}

func TestCommitOnWhatWasOnlyRun(t *testing.T) {
	committer := newCommitter(t, "docker.io/library/made:v1", newImage(t, "amd64", ""))
	_, manifest, err := committer.Store.Blobs().Manifest(committer.Base)
	must(t, err, committer.Store.Blobs().Remove(manifest.Layers[0].Digest))
	_, err = committer.Commit(t.Context(), bytes.NewReader(layerOf(t, "added")))
	if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != failurev1.Code_CODE_IMAGE_LAYERS {
		t.Error(err)
	}
}

func TestCommitCanBeCancelled(t *testing.T) {
	committer := newCommitter(t, "docker.io/library/made:v1", newImage(t, "amd64", ""))
	ctx, cancel := context.WithCancel(t.Context())
	committer.Received = func(int64, int64) { cancel() }
	_, err := committer.Commit(ctx, bytes.NewReader(layerOf(t, "one", "two")))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, exists := committer.Store.Reference("docker.io/library/made:v1", "linux/amd64"); exists {
		t.Error("there is an image")
	}
}
