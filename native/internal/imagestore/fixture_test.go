package imagestore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

const linux = "linux/amd64"

// addImage puts an image of these layers into the store, with its blobs and names.
func addImage(t *testing.T, store *Store, layers []string, names ...string) v1.Hash {
	t.Helper()
	digest, err := tryAddImage(store, layers, names...)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func tryAddImage(store *Store, layers []string, names ...string) (v1.Hash, error) {
	ctx := context.Background()
	done, err := store.Adding(ctx)
	if err != nil {
		return v1.Hash{}, err
	}
	defer done()
	sum, _, err := v1.SHA256(strings.NewReader(strings.Join(layers, " ")))
	if err != nil {
		return v1.Hash{}, err
	}
	config, err := addBlob(store, `{"of":"`+sum.Hex+`"}`)
	if err != nil {
		return v1.Hash{}, err
	}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config}
	what := Description{Platform: linux, Created: time.Unix(1, 0).UTC()}
	for _, layer := range layers {
		added, err := addBlob(store, layer)
		if err != nil {
			return v1.Hash{}, err
		}
		manifest.Layers = append(manifest.Layers, added)
		what.Layers = append(what.Layers, Layer{Digest: added.Digest.String(), Size: added.Size})
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return v1.Hash{}, err
	}
	added, err := addBlob(store, string(raw))
	if err != nil {
		return v1.Hash{}, err
	}
	if _, err := store.Import(ctx, added.Digest, what, writing(strings.Join(layers, ""))); err != nil {
		return v1.Hash{}, err
	}
	for _, name := range names {
		if err := store.SetReference(ctx, Reference{Name: name, Platform: linux, Digest: added.Digest}); err != nil {
			return v1.Hash{}, err
		}
	}
	return added.Digest, nil
}

func addBlob(store *Store, content string) (v1.Descriptor, error) {
	digest, size, err := v1.SHA256(strings.NewReader(content))
	if err != nil {
		return v1.Descriptor{}, err
	}
	err = store.Blobs().Import(context.Background(), digest, size, bytes.NewReader([]byte(content)))
	return v1.Descriptor{MediaType: types.OCIUncompressedLayer, Digest: digest, Size: size}, err
}

func find(t *testing.T, store *Store, name string) Target {
	t.Helper()
	target, err := store.Find(name, name, linux)
	if err != nil {
		t.Fatal(err)
	}
	return *target
}

// described is the store as a listing shows it: digest of each image and its names.
func described(t *testing.T, store *Store) string {
	t.Helper()
	entries, damaged, err := store.List()
	if err != nil || len(damaged) > 0 {
		t.Fatal(err, damaged)
	}
	var lines []string
	for _, entry := range entries {
		names := []string{entry.Digest[:12]}
		for _, reference := range entry.References {
			names = append(names, reference.Name)
		}
		lines = append(lines, strings.Join(names, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func expectCode(t *testing.T, err error, code failurev1.Code, cause string) {
	t.Helper()
	named, ok := errors.AsType[*failure.Error](err)
	if !ok || named.Code != code || !strings.Contains(err.Error(), cause) {
		t.Errorf("%v, expected %s with %q", err, code, cause)
	}
}

func blobCount(t *testing.T, store *Store) int {
	t.Helper()
	all, err := store.Blobs().List()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// aged makes all images look as if last used some time ago, in the given order.
func aged(t *testing.T, store *Store, ago time.Duration, digests ...v1.Hash) {
	t.Helper()
	for i, digest := range digests {
		at := time.Now().Add(-ago + time.Duration(i)*time.Second)
		if err := chtimes(store.folder(digest), at); err != nil {
			t.Fatal(err)
		}
	}
}
