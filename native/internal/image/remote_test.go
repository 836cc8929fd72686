package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/registry"
	"sandboxfile/native/internal/registrytest"
)

type ignored struct{}

func (ignored) Layer(v1.Hash, registry.Stage, int64, int64) {}
func (ignored) Total(int64, int64)                          {}

func newPuller(t *testing.T, policy PullPolicy) *Resolver {
	t.Helper()
	resolver := newResolver(t)
	timing := registry.StandardTiming
	timing.Backoff = time.Millisecond
	client := registry.New(&registry.Settings{}, authn.NewMultiKeychain(), timing)
	t.Cleanup(client.Close)
	resolver.Registry = func() (*registry.Client, error) { return client, nil }
	resolver.Layers, resolver.Pull = ignored{}, policy
	return resolver
}

func openStore(t *testing.T, dir string) *imagestore.Store {
	t.Helper()
	store, err := imagestore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func indexOf(t *testing.T, images map[string]v1.Image) v1.ImageIndex {
	t.Helper()
	index := v1.ImageIndex(empty.Index)
	for architecture, image := range images {
		platform := &v1.Platform{OS: "linux", Architecture: architecture}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index
}

func digestOf(t *testing.T, of interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	digest, err := of.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestPull(t *testing.T) {
	server := registrytest.New(t)
	one, two := newImage(t, "amd64", ""), newImage(t, "amd64", "")
	server.Push(t, "v1", one)
	resolver := newPuller(t, PullAlways)
	found, err := resolver.Resolve(t.Context(), server.Name("v1"))
	if err != nil || found.Digest != digestOf(t, one) || found.Reference != server.Name("v1") {
		t.Fatal(found, err)
	}
	if manifests, blobs := server.Asked(); len(manifests) != 1 || len(blobs) != 2 {
		t.Errorf("first pull: %v %v", manifests, blobs)
	}
	if found = pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, one) {
		t.Error(found)
	}
	if manifests, blobs := server.Asked(); len(manifests) != 1 || len(blobs) != 0 {
		t.Errorf("second pull: %v %v", manifests, blobs)
	}
	server.Push(t, "v1", two)
	if found = pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, two) {
		t.Error("the tag has moved, the image has not")
	}
	server.Close()
	resolver.Pull = PullMissing
	if found = pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, two) {
		t.Error(found)
	}
}

func pulled(t *testing.T, resolver *Resolver, text string) *Resolved {
	t.Helper()
	found, err := resolver.Resolve(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What a pull has, can be pushed: an image that is there from elsewhere gets its layers, and so does
// one that has lost some.
func TestPullBringsLayersOfAnImageThatIsThere(t *testing.T) {
	server := registrytest.New(t)
	image := newImage(t, "amd64", "")
	server.Push(t, "v1", image)
	resolver := newPuller(t, PullAlways)
	resolve(t, resolver, newLayout(t, map[string]v1.Image{"": image}))
	for range 2 {
		pulled(t, resolver, server.Name("v1"))
		if manifest, err := image.Manifest(); err != nil || !resolver.hasLayers(v1.Hash{Algorithm: "sha256", Hex: digestOf(t, image)[7:]}) {
			t.Error("layers are missing", err)
		} else if err := resolver.Store.Blobs().Remove(manifest.Layers[0].Digest); err != nil {
			t.Error(err)
		}
	}
}

// A layer that was damaged on the disk is fetched again, once somebody notices.
func TestDamagedLayerIsFetchedAgain(t *testing.T) {
	server := registrytest.New(t)
	image := newImage(t, "amd64", "")
	server.Push(t, "v1", image)
	resolver, dir := newPuller(t, PullMissing), t.TempDir()
	resolver.Store = openStore(t, dir)
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	digest, _ := layers[0].Digest()
	size, _ := layers[0].Size()
	path := filepath.Join(dir, "blobs", "sha256", digest.Hex)
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, image) {
		t.Error(found)
	}
	if damaged, err := resolver.Store.Blobs().Repair(t.Context(), digest); err != nil || damaged {
		t.Error(damaged, err)
	}
}

func TestPullOfAnIndex(t *testing.T) {
	server := registrytest.New(t)
	amd, arm := newImage(t, "amd64", ""), newImage(t, "arm64", "v8")
	index := indexOf(t, map[string]v1.Image{"amd64": amd, "arm64": arm})
	server.Push(t, "v1", index)
	resolver := newPuller(t, PullAlways)
	if found := pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, amd) {
		t.Error(found)
	}
	server.Asked()
	pulled(t, resolver, server.Name("v1"))
	if manifests, blobs := server.Asked(); len(manifests) != 1 || len(blobs) != 0 {
		t.Errorf("second pull: %v %v", manifests, blobs)
	}
	resolver.Platform.Architecture = "arm64"
	if found := pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, arm) {
		t.Error(found)
	}
	resolver.Platform.Architecture = "riscv64"
	expectFailure(t, resolver, server.Name("v1"), failurev1.Code_CODE_IMAGE_PLATFORM, "wanted linux/riscv64, it has linux/amd64, linux/arm64")
	server.Asked()
	resolver.Platform.Architecture = "amd64"
	pinned := strings.Replace(server.Name("v1"), ":v1", "@"+digestOf(t, index), 1)
	if found := pulled(t, resolver, pinned); found.Digest != digestOf(t, amd) || found.Reference != pinned {
		t.Error(found)
	}
	server.Close()
	if found := pulled(t, resolver, pinned); found.Digest != digestOf(t, amd) {
		t.Error("what is pinned needs no network")
	}
}

func TestPullOfWhatIsNotThere(t *testing.T) {
	server := registrytest.New(t)
	resolver := newPuller(t, PullMissing)
	expectFailure(t, resolver, server.Name("v1"), failurev1.Code_CODE_REGISTRY_UNKNOWN, server.Name("v1"))
	server.Close()
	expectFailure(t, resolver, server.Name("v1"), failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "connection refused")
}

func TestPullCanBeCancelled(t *testing.T) {
	server := registrytest.New(t)
	server.Push(t, "v1", newImage(t, "amd64", ""))
	resolver := newPuller(t, PullMissing)
	ctx, cancel := context.WithCancel(t.Context())
	resolver.Progress = func(int64, int64) { cancel() }
	if _, err := resolver.Resolve(ctx, server.Name("v1")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	resolver.Progress = func(int64, int64) {}
	pulled(t, resolver, server.Name("v1"))
}
