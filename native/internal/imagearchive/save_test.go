package imagearchive

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/reference"
)

var platform = v1.Platform{OS: "linux", Architecture: "amd64"}

func newLoader(t *testing.T) *image.Loader {
	t.Helper()
	store, err := imagestore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &image.Loader{Resolver: image.Resolver{Store: store, Platform: platform, Progress: func(int64, int64) {}}}
}

func load(t *testing.T, loader *image.Loader, path string) []image.Loaded {
	t.Helper()
	loaded, err := loader.Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// newLayout has two images that share a layer; the first has two names.
func newLayout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	base := newImage(t, 2)
	layer, err := random.Layer(3000, types.OCILayer)
	if err != nil {
		t.Fatal(err)
	}
	other, err := mutate.AppendLayers(base, layer)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example.com/app:v1", "example.com/app:v2"} {
		appendImage(t, path, base, name)
	}
	appendImage(t, path, other, "example.com/other:v1")
	return folder
}

func appendImage(t *testing.T, path layout.Path, made v1.Image, name string) {
	t.Helper()
	annotations := layout.WithAnnotations(map[string]string{"io.containerd.image.name": name})
	if err := path.AppendImage(made, annotations); err != nil {
		t.Fatal(err)
	}
}

func newImage(t *testing.T, layers int) v1.Image {
	t.Helper()
	made := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	return withLayers(t, made, layers, types.OCILayer)
}

// newDockerImage has Docker's own media types.
func newDockerImage(t *testing.T, layers int) v1.Image {
	t.Helper()
	return withLayers(t, empty.Image, layers, types.DockerLayer)
}

func withLayers(t *testing.T, made v1.Image, layers int, kind types.MediaType) v1.Image {
	t.Helper()
	made, err := mutate.ConfigFile(made, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		t.Fatal(err)
	}
	for range layers {
		layer, err := random.Layer(2000, kind)
		if err != nil {
			t.Fatal(err)
		}
		if made, err = mutate.AppendLayers(made, layer); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// request is for names as loaded.
func request(t *testing.T, loaded []image.Loaded, path string, format Format) Request {
	t.Helper()
	var images []Image
	for _, one := range loaded {
		digest, err := v1.NewHash(one.Digest)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(images, func(known Image) bool { return known.Digest == digest })
		if at < 0 {
			at = len(images)
			images = append(images, Image{Digest: digest})
		}
		parsed, err := reference.Parse(one.Reference, "")
		if err != nil {
			t.Fatal(err)
		}
		images[at].Names = append(images[at].Names, Name{Full: one.Reference, Tag: parsed.Tag})
	}
	return Request{Images: images, Path: path, Format: format, Progress: func(int64, int64) {}}
}

func save(t *testing.T, loader *image.Loader, asked Request) {
	t.Helper()
	if err := Save(context.Background(), loader.Store.Blobs(), asked); err != nil {
		t.Fatal(err)
	}
}

var formats = []Format{DockerArchive, OCIArchive, OCILayout}

// contents is every file of a folder, or the one file.
func contents(t *testing.T, path string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		found[strings.TrimPrefix(name, path)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEachFormatGivesTheSameImagesBack(t *testing.T) {
	first := newLoader(t)
	loaded := load(t, first, newLayout(t))
	if len(loaded) != 3 {
		t.Fatalf("%+v", loaded)
	}
	for _, format := range formats {
		saved := filepath.Join(t.TempDir(), "saved")
		save(t, first, request(t, loaded, saved, format))
		second := newLoader(t)
		again := load(t, second, saved)
		if format != DockerArchive && !slices.Equal(again, loaded) {
			t.Errorf("%s: %+v, expected %+v", format, again, loaded)
		}
		for i := range loaded {
			if again[i].Reference != loaded[i].Reference {
				t.Errorf("%s: %s, expected %s", format, again[i].Reference, loaded[i].Reference)
			}
			expected, found := rootDisk(t, first, loaded[i]), rootDisk(t, second, again[i])
			if !bytes.Equal(expected, found) {
				t.Errorf("%s: %s has another root file system", format, again[i].Reference)
			}
		}
		// What has been there before, and in another order, changes nothing.
		repeated := saved + "-again"
		backwards := request(t, loaded, repeated, format)
		save(t, first, backwards)
		if !equal(contents(t, saved), contents(t, repeated)) {
			t.Errorf("%s: not the same bytes", format)
		}
	}
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, content := range a {
		if b[name] != content {
			return false
		}
	}
	return true
}

func rootDisk(t *testing.T, loader *image.Loader, one image.Loaded) []byte {
	t.Helper()
	named, exists := loader.Store.Reference(one.Reference, platform.String())
	if !exists {
		t.Fatalf("%s is not there", one.Reference)
	}
	data, err := os.ReadFile(loader.Store.Lookup(named.Digest).RootDisk)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestArchiveThroughAPipe(t *testing.T) {
	first := newLoader(t)
	loaded := load(t, first, newLayout(t))
	saved := filepath.Join(t.TempDir(), "saved.tar")
	save(t, first, request(t, loaded, saved, DockerArchive))
	plain, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(plain); err != nil || writer.Close() != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]io.Reader{"plain": bytes.NewReader(plain), "gzip": &packed} {
		loader := newLoader(t)
		again, err := loader.LoadStream(context.Background(), "pipe", stream)
		if err != nil || len(again) != 3 {
			t.Errorf("%s: %+v %v", name, again, err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(loader.Store.Lookup(digestOf(t, again[0])).RootDisk), "../../.tmp-*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v %v", name, left, err)
		}
	}
	_, err = newLoader(t).LoadStream(context.Background(), "pipe", strings.NewReader("no archive"))
	expectCode(t, err, failurev1.Code_CODE_IMAGE_INVALID)
}

func digestOf(t *testing.T, one image.Loaded) v1.Hash {
	t.Helper()
	digest, err := v1.NewHash(one.Digest)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func expectCode(t *testing.T, err error, code failurev1.Code) {
	t.Helper()
	if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != code {
		t.Errorf("%v, expected %s", err, code)
	}
}

func TestWhatCannotBeSaved(t *testing.T) {
	loader := newLoader(t)
	asked := request(t, load(t, loader, newLayout(t)), filepath.Join(t.TempDir(), "saved.tar"), DockerArchive)
	if err := os.WriteFile(asked.Path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(code failurev1.Code) {
		t.Helper()
		expectCode(t, Save(context.Background(), loader.Store.Blobs(), asked), code)
		if left := contents(t, filepath.Dir(asked.Path)); len(left) != 1 || left["/saved.tar"] != "old" {
			t.Errorf("left: %v", left)
		}
	}
	_, manifest, err := loader.Store.Blobs().Manifest(asked.Images[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := filepath.Glob(filepath.Join(filepath.Dir(loader.Store.Lookup(asked.Images[0].Digest).RootDisk), "../../blobs/sha256", manifest.Layers[0].Digest.Hex))
	if err != nil || len(blobs) != 1 {
		t.Fatal(blobs, err)
	}
	whole, err := os.ReadFile(blobs[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	for _, step := range []error{os.Remove(blobs[0]), os.WriteFile(blobs[0], damaged, 0o600)} {
		if step != nil {
			t.Fatal(step)
		}
	}
	expect(failurev1.Code_CODE_STORE)
	if err := os.Remove(blobs[0]); err != nil {
		t.Fatal(err)
	}
	expect(failurev1.Code_CODE_IMAGE_NOT_CACHED)
	if err := os.WriteFile(blobs[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	asked.Progress = func(int64, int64) { cancel() }
	if err := Save(ctx, loader.Store.Blobs(), asked); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	asked.Progress = func(int64, int64) {}
	asked.Path = filepath.Join(asked.Path, "below a file")
	expectCode(t, Save(context.Background(), loader.Store.Blobs(), asked), failurev1.Code_CODE_OUTPUT)
	asked.Path = "/dev/null"
	expectCode(t, Save(context.Background(), loader.Store.Blobs(), asked), failurev1.Code_CODE_OUTPUT)
	asked.Format, asked.Path = OCILayout, filepath.Dir(blobs[0])
	expectCode(t, Save(context.Background(), loader.Store.Blobs(), asked), failurev1.Code_CODE_OUTPUT)
}

func find(t *testing.T, loader *image.Loader, one image.Loaded) *imagestore.Target {
	t.Helper()
	target, err := loader.Store.Find(one.Reference, one.Reference, platform.String())
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// An image without a name is wanted all the same: it is no garbage, and is found by its digest.
func TestUnnamedImage(t *testing.T) {
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendImage(newImage(t, 1), layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "latest"})); err != nil {
		t.Fatal(err)
	}
	loader := newLoader(t)
	loaded := load(t, loader, folder)
	if len(loaded) != 1 || loaded[0].Reference != "" {
		t.Fatalf("%+v", loaded)
	}
	if _, err := loader.Store.Prune(context.Background(), 1<<30); err != nil {
		t.Fatal(err)
	}
	target, err := loader.Store.Find(loaded[0].Digest[:15], "", platform.String())
	if err != nil {
		t.Fatal(err)
	}
	entry, err := loader.Store.Entry(*target)
	if err != nil || len(entry.Names()) != 0 {
		t.Fatalf("%+v %v", entry, err)
	}
	removal, err := loader.Store.Remove(context.Background(), []imagestore.Target{*target})
	if err != nil || len(removal.References) != 0 || len(removal.Digests) != 1 {
		t.Errorf("%+v %v", removal, err)
	}
}
